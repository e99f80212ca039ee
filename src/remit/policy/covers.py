"""Whether what one line permits holds all that another permits. Doubt answers no."""

from __future__ import annotations

from remit.model.contract import EXACTLY
from remit.policy.hosts import reach

_EVERYTHING = frozenset({"**", "*", "**/*", "/**"})


def path_covers(wide: str, narrow: str) -> bool:
    """Whether git-style pattern ``wide`` matches whatever ``narrow`` matches."""
    wide, narrow = wide.rstrip("/"), narrow.rstrip("/")
    if wide == narrow or wide in _EVERYTHING:
        return True
    folder = wide.removesuffix("/**").removesuffix("/*")
    if folder != wide and wide.endswith("/**") and not _has_wildcard(folder):
        return narrow.startswith(folder + "/")
    if not _has_wildcard(wide):
        return narrow.startswith(wide + "/")
    if wide.endswith("*") and "/" in wide and not _has_wildcard(wide[:-1]):
        return narrow.startswith(wide[:-1])
    return False


def command_covers(wide: str, narrow: str) -> bool:
    """Whether item ``wide`` of a list of commands permits whatever item ``narrow`` permits."""
    if wide.startswith(EXACTLY):
        return wide.split() == narrow.split()
    words = wide.split()
    return narrow.removeprefix(EXACTLY).split()[: len(words)] == words


def host_covers(wide: str, narrow: str) -> bool:
    """Whether host pattern ``wide`` matches whatever ``narrow`` matches."""
    wide_name, wide_ports = reach(wide)
    name, ports = reach(narrow)
    if not set(ports) <= set(wide_ports):
        return False
    if wide_name.startswith("*."):
        return name == wide_name or name.removeprefix("*.").endswith(wide_name[1:])
    return wide_name == name


def same(wide: str, narrow: str) -> bool:
    """Names cover only themselves."""
    return wide == narrow


def _has_wildcard(pattern: str) -> bool:
    return any(mark in pattern for mark in "*?[")


def paths_meet(one: str, other: str) -> bool:
    """Whether two patterns may match a common path. Doubt answers yes."""
    if path_covers(one, other) or path_covers(other, one):
        return True
    if "/" not in one.rstrip("/") or "/" not in other.rstrip("/"):
        return True
    first, second = _fixed(one), _fixed(other)
    return first.startswith(second) or second.startswith(first)


def _fixed(pattern: str) -> str:
    """What stands before the first wildcard."""
    for at, character in enumerate(pattern):
        if character in "*?[":
            return pattern[:at]
    return pattern
