"""Where a written path really leads on this machine."""

from __future__ import annotations

# Paths stay strings here: they may hold bytes that are no text, and this runs for every call.
# ruff: noqa: PTH114, PTH118, PTH120, PTH121, PTH208
import errno
import os
import stat
from functools import lru_cache
from io import FileIO
from pathlib import Path

from remit.model.request import ResolvedPath

_CHUNK = 1024 * 1024
_MOST_CHUNKS = 256


def resolve(written: str, cwd: str, root: str, home: str) -> ResolvedPath:
    """Where ``written`` leads, seen from ``cwd``, for the repository at ``root``.

    Symbolic links and ``..`` are resolved as the kernel would; parents that do not exist are
    kept. Raises ValueError for what no file can be called and OSError for a loop of links.
    """
    if not written or "\0" in written:
        raise ValueError("not a path")
    absolute = os.path.realpath(os.path.join(cwd, _expanded(written, home)))
    if os.path.islink(absolute):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), written)
    top = os.path.realpath(root)
    if _ignores_case(top):
        absolute = _spelled(absolute)
    return ResolvedPath(written, absolute, _below(absolute, top))


def _expanded(written: str, home: str) -> str:
    if written == "~" or written.startswith("~/"):
        return home + written[1:]
    if written.startswith("~"):
        raise ValueError("the home of another user is not known")
    return written


def _below(absolute: str, top: str) -> str | None:
    if absolute == top:
        return ""
    prefix = top if top.endswith("/") else top + "/"
    return absolute[len(prefix) :] if absolute.startswith(prefix) else None


@lru_cache(maxsize=16)
def _ignores_case(top: str) -> bool:
    """Whether the filesystem at ``top`` takes two spellings for one file."""
    other = top.swapcase()
    try:
        return other != top and os.path.samefile(top, other)
    except OSError:
        return False


def _spelled(absolute: str) -> str:
    """``absolute`` as its directories spell it; what does not exist keeps its spelling."""
    place = "/"
    for part in absolute.split("/")[1:]:
        place = os.path.join(place, _entry(place, part))
    return place


def _entry(folder: str, name: str) -> str:
    try:
        names = os.listdir(folder)
    except OSError:
        return name
    if name in names:
        return name
    wanted = name.casefold()
    return next((found for found in names if found.casefold() == wanted), name)


def find_root(start: str) -> str | None:
    """The repository ``start`` lies in: the nearest folder with a ``.git``; None without one."""
    place = os.path.realpath(start)
    while not os.path.lexists(os.path.join(place, ".git")):
        above = os.path.dirname(place)
        if above == place:
            return None
        place = above
    return place


def is_plain(path: Path) -> bool:
    """Whether ``path`` is there and no part of it is a link: a link may lead anywhere."""
    return path.exists() and os.path.realpath(path) == str(path)


def list_folder(folder: Path) -> list[str]:
    """The names in ``folder``, in order; none where it cannot be read."""
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return []


def count_lines(root: bytes, path: str) -> int | None:
    """The lines of the file at ``path`` below ``root``, its first 256 MiB at most; 0 for a
    directory, None for what is no text or cannot be read."""
    place = os.path.join(root, os.fsencode(path))
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with FileIO(descriptor) as stream:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            return 0 if stat.S_ISDIR(mode) else None
        return _newlines(stream)


def _newlines(stream: FileIO) -> int | None:
    lines = 0
    for _ in range(_MOST_CHUNKS):
        chunk = stream.read(_CHUNK)
        if b"\0" in chunk:
            return None
        if not chunk:
            break
        lines += chunk.count(b"\n")
    return lines
