"""Whether a path with wildcards may be spread to something that a git-style pattern names."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

_WILD = re.compile(r"[*?\[]")


def is_spread(path: str) -> bool:
    """Whether a shell would put other names in place of ``path``."""
    return _WILD.search(path) is not None


def singles_out(pattern: str, path: str) -> bool:
    """Whether ``path``, which the shell spreads, spells part of a name that ``pattern`` fits:
    ``sec*/key`` does of ``secrets/**``, ``*/key`` spells nothing of it."""
    named = [part for part in pattern.strip("/").split("/") if part]
    if "/" not in pattern.rstrip("/"):
        named = ["**", *named]
    states = _open(named, {0})
    for part in path.strip("/").split("/"):
        if any(named[state:] in ([], ["**"]) for state in states):
            return True
        if part != "**":
            states = _open(named, _after(named, states, part))
    return any(named[state:] in ([], ["**"]) for state in states)


def _open(named: list[str], states: set[int]) -> set[int]:
    """With the states behind each ``**``, which may stand for no folder at all."""
    found: set[int] = set()
    for state in states:
        found.add(state)
        while state + 1 < len(named) and named[state] == "**":
            state += 1
            found.add(state)
    return found


def _after(named: list[str], states: set[int], part: str) -> set[int]:
    stay = {state for state in states if named[state] == "**"}
    return stay | {state + 1 for state in states - stay if _meet(named[state], part)}


def _meet(named: str, part: str) -> bool:
    if not _WILD.search(part):
        return fnmatchcase(part, named)
    if not part.strip("*?"):
        return False
    if not _WILD.search(named):
        return fnmatchcase(named, part)
    one, other = _WILD.split(named), _WILD.split(part)
    begin = one[0].startswith(other[0]) or other[0].startswith(one[0])
    return begin and (one[-1].endswith(other[-1]) or other[-1].endswith(one[-1]))
