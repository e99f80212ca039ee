"""Git-style path patterns, compiled once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from remit.policy.overlap import is_spread, singles_out


class Patterns:
    """Paths named by git-style patterns; ``!`` takes out, and the last pattern that fits wins.

    Paths are relative to the repository root and ``/``-separated. No pattern matches nothing,
    and the root itself (``""``) is never matched.
    """

    __slots__ = ("_negated", "_taken_out", "_tests", "patterns")

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self.patterns = patterns
        self._tests: tuple[tuple[bool, re.Pattern[str]], ...] | None = None
        self._taken_out = tuple(text[1:] for text in patterns if text.startswith("!"))
        self._negated = tuple(fixed_part(text[1:]) for text in patterns if text.startswith("!"))

    def matches(self, relative: str) -> bool:
        """Whether ``relative`` is named."""
        return bool(relative) and self._named(relative.removeprefix("/"))

    def _named(self, path: str) -> bool:
        return next((include for include, test in self._tested() if test.search(path)), False)

    def _tested(self) -> tuple[tuple[bool, re.Pattern[str]], ...]:
        if self._tests is None:  # only once a path is asked for: many commands name none
            self._tests = tuple(_compiled(self.patterns))[::-1]
        return self._tests

    def takes_out(self, relative: str) -> bool:
        """Whether a ``!`` pattern that no later one takes back names ``relative`` or a folder
        above it: as git has it, what is below goes with the folder. A path with wildcards that
        spells part of such a name counts."""
        if not self._negated or not relative:
            return False
        parts = relative.removeprefix("/").split("/")
        above = ("/".join(parts[: at + 1]) for at in range(len(parts)))
        if any(self._takes_out(path) for path in above):
            return True
        spread = is_spread(relative)
        return spread and any(singles_out(one, relative) for one in self._taken_out)

    def _takes_out(self, path: str) -> bool:
        tests = self._tested()
        return next((not include for include, test in tests if test.search(path)), False)

    def holds(self, folder: str) -> bool:
        """Whether anything just below ``folder`` would be named, whatever it is called."""
        return self._named(f"{folder}/\x01" if folder else "\x01")

    def carves(self, prefix: str) -> bool:
        """Whether a ``!`` pattern may take out something below ``prefix``."""
        return any(_overlap(prefix, fixed) for fixed in self._negated)


@lru_cache(maxsize=64)
def get_patterns(patterns: tuple[str, ...]) -> Patterns:
    """The compiled form of ``patterns``, kept because contracts do not change in a run."""
    return Patterns(patterns)


def _compiled(patterns: tuple[str, ...]) -> Iterator[tuple[bool, re.Pattern[str]]]:
    """Whether each pattern takes the paths it fits in, and its expression."""
    if patterns == ("**",):  # what may be read unless a contract says less
        yield True, re.compile("")
        return
    from pathspec.patterns.gitignore.basic import GitIgnoreBasicPattern  # 25 ms at start

    for text in filter(None, patterns):
        read = GitIgnoreBasicPattern(text)
        if read.include is not None and read.regex is not None:
            yield read.include, re.compile(read.regex.pattern, read.regex.flags)


def fixed_part(pattern: str) -> str:
    """The part of a pattern before its first wildcard; ``""`` where it may match anywhere."""
    text = pattern.strip("/")
    if "/" not in text and not pattern.startswith("/"):
        return ""
    for place, letter in enumerate(text):
        if letter in "*?[":
            return text[:place]
    return text


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
