"""What a contract means on this machine's disk: where the kernel lets the agent write and read.

Patterns become existing directories and files; what a pattern says beyond that, the comparison
of the tree covers.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from remit.policy.matching import fixed_part, get_patterns
from remit.policy.zones import is_secret

_MANY = 200
"""More neighbours than these are not protected one by one: each costs a mount."""
_SECRETS_OF_SYSTEM = ("/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/sudoers.d")
_HOLDERS = (
    "",
    ".config",
    ".cargo",
    ".m2",
    ".gradle",
    ".local/share",
    ".terraform.d",
    ".config/git",
)
"""Folders of a home where single entries hold credentials."""
_SECRET_ENTRIES = frozenset(
    {
        ".config/google-chrome",
        ".config/chromium",
        ".mozilla",
        ".m2/settings.xml",
        ".m2/settings-security.xml",
        ".gradle/gradle.properties",
        ".terraform.d/credentials.tfrc.json",
        ".config/rclone",
        ".config/hub",
        ".config/op",
        ".config/doctl",
        ".config/sops",
        ".config/age",
        ".config/containers",
    }
)


@dataclass(frozen=True, slots=True)
class Places:
    """Absolute paths: ``writable`` ones, and those below them that are ``protected``."""

    writable: tuple[str, ...]
    protected: tuple[str, ...] = ()


def edit_places(root: Path, patterns: Sequence[str], names: Iterable[str]) -> Places:
    """Where ``patterns`` allow writing. ``names`` are the files of the tree, relative to it."""
    wanted = [pattern for pattern in patterns if not pattern.startswith("!")]
    known = tuple(names)
    granted: dict[str, bool] = {}
    for pattern in wanted:
        for place, whole in _granted(root, pattern, known):
            granted[place] = granted.get(place, False) or whole
    writable = tuple(str(root / place) if place else str(root) for place in sorted(granted))
    own = [str(root / ".git")] if "" in granted else []
    partly = [place for place, whole in granted.items() if not whole]
    protected = [
        str(root / path) for place in partly for path in _neighbours(root, place, patterns, granted)
    ]
    taken_out = [pattern[1:].strip("/") for pattern in patterns if pattern.startswith("!")]
    protected += own + [str(root / path) for path in taken_out if path and _is_plain(root, path)]
    return Places(writable, tuple(dict.fromkeys(protected)))


def _granted(root: Path, pattern: str, names: Sequence[str]) -> Iterable[tuple[str, bool]]:
    """Places below ``root`` that ``pattern`` opens, and whether it opens them as a whole."""
    fixed = fixed_part(pattern)
    body = pattern.strip("/")
    if not fixed:
        if body in ("*", "**"):
            return [("", True)]
        named = [name for name in names if get_patterns((pattern,)).matches(name)]
        return [(name, True) for name in named if _is_plain(root, name)] or [("", False)]
    if fixed == body:
        place = _nearest(root, body)
        return [(place, place == body)]
    folder = fixed.rpartition("/")[0]
    place = _nearest(root, folder)
    return [(place, place == folder and body == f"{folder}/**")]


def _nearest(root: Path, place: str) -> str:
    """``place``, or the nearest folder above it that is there and is no link."""
    while place and not _is_plain(root, place):
        place = place.rpartition("/")[0]
    return place


def _is_plain(root: Path, place: str) -> bool:
    """Whether ``place`` is there and no part of it is a link: a link may lead anywhere."""
    path = root / place
    return path.exists() and os.path.realpath(path) == str(path)


def _neighbours(
    root: Path, place: str, patterns: Sequence[str], granted: Mapping[str, bool]
) -> list[str]:
    """Entries of ``place`` that no pattern names: only something beside them may be written."""
    if any("**" in pattern and fixed_part(pattern) == "" for pattern in patterns):
        return []
    if not (root / place).is_dir():
        return []
    compiled = get_patterns(tuple(patterns))
    entries = [f"{place}/{name}" if place else name for name in _listed(root / place)]
    named = [
        path
        for path in entries
        if not compiled.matches(path)
        and not compiled.holds(path)
        and not any(one == path or one.startswith(f"{path}/") for one in granted)
        and not any(fixed_part(pattern).startswith(f"{path}/") for pattern in patterns)
        and _is_plain(root, path)
    ]
    return named if len(named) <= _MANY else [path for path in named if path == ".git"]


def artifact_places(root: Path, patterns: Sequence[str]) -> tuple[str, ...]:
    """Folders of their own that tools may write in passing, where they are there."""
    folders = (fixed_part(pattern).rstrip("/") for pattern in patterns if "!" not in pattern)
    found = [folder for folder in folders if folder and _is_plain(root, folder)]
    return tuple(str(root / folder) for folder in dict.fromkeys(found))


def secret_places(home: Path) -> tuple[str, ...]:
    """What of the user's home and of the system holds credentials, as far as it is there; the
    places of agents are not among them."""
    found = []
    for holder in _HOLDERS:
        for name in _listed(home / holder):
            relative = f"{holder}/{name}" if holder else name
            path = home / relative
            if relative in _SECRET_ENTRIES or is_secret(str(path)):
                found.append(path)
    found += [Path(path) for path in _SECRETS_OF_SYSTEM]
    clients = client_places(home)
    there = dict.fromkeys(os.path.realpath(path) for path in found if path.exists())
    return tuple(path for path in there if path not in clients)


def client_places(home: Path) -> tuple[str, ...]:
    """Where agents keep their logins and what they do next time."""
    return tuple(str(home / name) for name in (".claude", ".claude.json", ".codex", ".gemini"))


def secret_files(root: Path, names: Iterable[str], tracked: frozenset[str]) -> tuple[str, ...]:
    """Secret files of the tree that git does not hold: those it holds can be read from it."""
    found = [name for name in names if name not in tracked and is_secret(name)]
    return tuple(str(root / name) for name in found if _is_plain(root, name))


def _listed(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return []


def by_entries(places: Places) -> Places:
    """The same with nothing protected: a writable folder with something protected in it becomes
    its other entries. Landlock has no exceptions, so nothing new can be made in such a folder."""
    writable: list[str] = []
    waiting = list(places.writable)
    while waiting:
        place = waiting.pop(0)
        if place in places.protected:
            continue
        if any(path.startswith(f"{place}/") for path in places.protected):
            waiting += [f"{place}/{name}" for name in _listed(Path(place))]
        else:
            writable.append(place)
    return Places(tuple(dict.fromkeys(writable)))
