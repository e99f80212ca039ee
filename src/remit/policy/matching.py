"""Git-style path patterns, compiled once."""

from __future__ import annotations

from functools import lru_cache

from pathspec import PathSpec


class Patterns:
    """Paths named by git-style patterns; ``!`` takes out, and the last pattern that fits wins.

    Paths are relative to the repository root and ``/``-separated. No pattern matches nothing,
    and the root itself (``""``) is never matched.
    """

    __slots__ = ("_negated", "_spec", "patterns")

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self.patterns = patterns
        self._spec = PathSpec.from_lines("gitignore", patterns, backend="simple")
        self._negated = tuple(_fixed(text[1:]) for text in patterns if text.startswith("!"))

    def matches(self, relative: str) -> bool:
        """Whether ``relative`` is named."""
        return bool(relative) and self._spec.match_file(relative)

    def holds(self, folder: str) -> bool:
        """Whether anything just below ``folder`` would be named, whatever it is called."""
        return self._spec.match_file(f"{folder}/\x01" if folder else "\x01")

    def carves(self, prefix: str) -> bool:
        """Whether a ``!`` pattern may take out something below ``prefix``."""
        return any(_overlap(prefix, fixed) for fixed in self._negated)


@lru_cache(maxsize=64)
def get_patterns(patterns: tuple[str, ...]) -> Patterns:
    """The compiled form of ``patterns``, kept because contracts do not change in a run."""
    return Patterns(patterns)


def _fixed(pattern: str) -> str:
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
