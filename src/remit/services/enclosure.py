"""What a contract means on this machine's disk: where the kernel lets the agent write.

Patterns become existing directories and files; what a pattern says beyond that, the comparison
of the tree covers.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from remit.policy.matching import fixed_part, get_patterns
from remit.system.files import is_plain, list_folder

_MANY = 200
"""More neighbours than these are not protected one by one: each costs a mount."""


@dataclass(frozen=True, slots=True)
class Places:
    """Absolute paths: ``writable`` ones, those below them that are ``protected``, and the folders
    ``opened`` around single writable files.

    Nothing may be made in an opened folder, and what else is in it is protected. But tools that
    write beside a file and then rename are refused there with EACCES, on which they write in
    place, and not with EROFS, on which they give up.
    """

    writable: tuple[str, ...]
    protected: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()


def edit_places(
    root: Path, patterns: Sequence[str], names: Iterable[str], paths: Iterable[str] = ()
) -> Places:
    """Where ``patterns`` allow writing, and ``paths``, which are meant literally. ``names`` are
    the files of the tree, relative to it."""
    wanted = [pattern for pattern in patterns if not pattern.startswith("!")]
    known = tuple(names)
    granted: dict[str, bool] = {}
    for pattern in wanted:
        for place, whole in _granted(root, pattern, known):
            granted[place] = granted.get(place, False) or whole
    for path in paths:
        place = _nearest(root, path)
        granted[place] = granted.get(place, False) or place == path
    writable = tuple(str(root / place) if place else str(root) for place in sorted(granted))
    own = [str(root / ".git")] if "" in granted else []
    opened = _around_files(root, granted)
    partly = [place for place, whole in granted.items() if not whole] + opened
    protected = [
        str(root / path) for place in partly for path in _neighbours(root, place, patterns, granted)
    ]
    taken_out = [pattern[1:].strip("/") for pattern in patterns if pattern.startswith("!")]
    protected += own + [str(root / path) for path in taken_out if path and is_plain(root / path)]
    folders = tuple(str(root / place) if place else str(root) for place in opened)
    return Places(writable, tuple(dict.fromkeys(protected)), folders)


def _around_files(root: Path, granted: Mapping[str, bool]) -> list[str]:
    """The folders of granted files that are not granted themselves."""
    folders = {place.rpartition("/")[0] for place in granted if (root / place).is_file()}
    return sorted(folder for folder in folders if not _is_below(folder, granted))


def _is_below(place: str, granted: Iterable[str]) -> bool:
    return any(place == one or not one or place.startswith(f"{one}/") for one in granted)


def _granted(root: Path, pattern: str, names: Sequence[str]) -> Iterable[tuple[str, bool]]:
    """Places below ``root`` that ``pattern`` opens, and whether it opens them as a whole."""
    fixed = fixed_part(pattern)
    body = pattern.strip("/")
    if not fixed:
        if body in ("*", "**"):
            return [("", True)]
        named = [name for name in names if get_patterns((pattern,)).matches(name)]
        return [(name, True) for name in named if is_plain(root / name)] or [("", False)]
    if fixed == body:
        place = _nearest(root, body)
        return [(place, place == body)]
    folder = fixed.rpartition("/")[0]
    place = _nearest(root, folder)
    return [(place, place == folder and body == f"{folder}/**")]


def _nearest(root: Path, place: str) -> str:
    """``place``, or the nearest folder above it that is there and is no link."""
    while place and not is_plain(root / place):
        place = place.rpartition("/")[0]
    return place


def _neighbours(
    root: Path, place: str, patterns: Sequence[str], granted: Mapping[str, bool]
) -> list[str]:
    """Entries of ``place`` that no pattern names: only something beside them may be written."""
    if any(pattern.strip("/") in ("*", "**") for pattern in patterns):
        return []
    if not (root / place).is_dir():
        return []
    compiled = get_patterns(tuple(patterns))
    entries = [f"{place}/{name}" if place else name for name in list_folder(root / place)]
    named = [
        path
        for path in entries
        if not compiled.matches(path)
        and not compiled.holds(path)
        and not any(one == path or one.startswith(f"{path}/") for one in granted)
        and not any(fixed_part(pattern).startswith(f"{path}/") for pattern in patterns)
        and is_plain(root / path)
    ]
    return named if len(named) <= _MANY else [path for path in named if path == ".git"]


def _artifact_folders(patterns: Sequence[str]) -> tuple[str, ...]:
    """Folders, relative to the root, that tools may fill in passing: ``dist/``, ``build/**``."""
    named = [pattern.strip("/") for pattern in patterns if pattern.endswith(("/", "/**"))]
    folders = [name.removesuffix("/**") for name in named]
    plain = [name for name in folders if name and not any(mark in name for mark in "*?[!")]
    return tuple(dict.fromkeys(plain))


@contextmanager
def artifact_places(root: Path, patterns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Absolute paths of artifact folders. One that is not there is made, for nothing can be made
    beside it later, and taken away again where nobody used it."""
    made = []
    for folder in _artifact_folders(patterns):
        path = root / folder
        if not os.path.lexists(path) and is_plain(path.parent):
            path.mkdir()
            made.append(path)
    try:
        found = (str(root / folder) for folder in _artifact_folders(patterns))
        yield tuple(path for path in found if is_plain(Path(path)))
    finally:
        for path in made:
            with suppress(OSError):  # it is in use now, or gone
                if is_plain(path):  # its parent may be a link by now, which leads elsewhere
                    path.rmdir()


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
            waiting += [f"{place}/{name}" for name in list_folder(Path(place))]
        else:
            writable.append(place)
    return Places(tuple(dict.fromkeys(writable)))
