"""Our matching is that of the library whose patterns we promise, only started later."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pathspec import PathSpec

from remit.policy.matching import Patterns

PIECES = st.sampled_from(["src", "a", "b.py", "*.py", "**", "*", "[ab]", "test_?", "a b"])
PATTERN = st.builds(
    lambda taken, start, parts, end: taken + start + "/".join(parts) + end,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "/"]),
    st.lists(PIECES, min_size=1, max_size=3),
    st.sampled_from(["", "/", "/**"]),
)
PATH = st.lists(st.sampled_from(["src", "a", "b.py", "test_1", "a b"]), min_size=1, max_size=4)


@given(st.lists(PATTERN, max_size=4), PATH)
def test_patterns_name_what_the_library_says(patterns: list[str], parts: list[str]) -> None:
    path = "/".join(parts)
    spec = PathSpec.from_lines("gitignore", patterns, backend="simple")
    assert Patterns(tuple(patterns)).matches(path) == spec.match_file(path)


def test_everything_is_named_by_the_pattern_for_everything() -> None:
    assert Patterns(("**",)).matches("src/a.py")
    assert not Patterns(("**",)).matches("")
