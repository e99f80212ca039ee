"""Shows folders so that no socket in them can be reached, whenever it was made.

A read-only mount does not stop ``connect``. But the kernel finds who listens at a path by its
inode, and an overlay has inodes of its own: through it, every socket of the layer below refuses.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from remit.system.confine.kernel import MS_NODEV, MS_NOSUID, MS_RDONLY, mount

_FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
_SYSTEM = frozenset(
    f"/{name}"
    for name in ("bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "run")
) | {"/sbin", "/sys", "/tmp", "/usr"}  # noqa: S108
"""Private in a run, or full of programs, where no daemon listens."""
_LOCAL = frozenset(
    {"bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "tmpfs", "xfs", "zfs"}
)
"""Asking another file system for its folder could take as long as its server likes."""
_MOST = 400


def nothing() -> int:
    """An empty folder, to be a layer below every mirror; lies over ``/tmp`` until something else
    does."""
    mount("tmpfs", "/tmp", MS_RDONLY | MS_NOSUID | MS_NODEV, "mode=755,size=4k")  # noqa: S108
    return os.open("/tmp", _FOLDER)  # noqa: S108


def mirror_folders(empty: int) -> None:
    """Mirror each folder of this mount namespace that has no mount below it."""
    for place in _folders(_mounts()):
        mirror(place, empty)


def mirror(place: str, empty: int) -> None:
    """Lay an overlay over the folder ``place``. Where the kernel refuses that, the folder stays as
    it is; ``remit doctor`` tries it."""
    try:
        number = os.open(place, _FOLDER)
    except OSError:  # no folder, or gone
        return
    try:
        # By their numbers, because a name may hold what separates the words of an option.
        layers = f"lowerdir=/proc/self/fd/{empty}:/proc/self/fd/{number}"
        mount("overlay", place, MS_RDONLY | MS_NOSUID | MS_NODEV, layers)
    except OSError:
        return
    finally:
        os.close(number)


def _mounts() -> dict[str, str]:
    """The kind of file system at each mount point; the last mounted one counts."""
    with open("/proc/self/mountinfo", "rb") as file:  # noqa: PTH123 (pathlib costs 15 ms at start)
        lines = file.read().splitlines()
    return {_plain(line.split(b" ")[4]): _kind(line) for line in lines}


def _kind(line: bytes) -> str:
    return line.partition(b" - ")[2].partition(b" ")[0].decode()


def _plain(written: bytes) -> str:
    """A path as it is, without the octal numbers that stand for blanks in it."""
    head, *rest = written.split(b"\\")
    return os.fsdecode(head + b"".join(bytes([int(part[:3], 8)]) + part[3:] for part in rest))


def _folders(mounts: dict[str, str]) -> Iterator[str]:
    """Folders that have no mount below them: another namespace's may not be uncovered."""
    above = {parent for point in mounts for parent in _parents(point)}
    waiting, left = [("/", mounts.get("/", ""))], _MOST
    while waiting:
        folder, kind = waiting.pop()
        for path in _inner_folders(folder):
            if path in _SYSTEM:
                continue
            own = mounts.get(path, kind)
            if path in above:
                waiting.append((path, own))
            elif own in _LOCAL and left:
                left -= 1
                yield path


def _parents(path: str) -> Iterator[str]:
    while path != "/":
        path = path.rpartition("/")[0] or "/"
        yield path


def _inner_folders(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
