"""Reads a share of a tree's files in a process of its own, and keeps them in a segment.

Started by its path with nothing but the standard library, so that it is at work within
milliseconds. In: one marshalled :data:`Share`. Out: one marshalled list, an item per file in order,
None where it could not be read.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import stat
import sys
from collections.abc import Callable
from typing import IO, TypeAlias

Share: TypeAlias = "tuple[bytes, str, str, int, list[tuple[bytes, int]]]"
"""Root, git's hash algorithm, the segment to make, room in bytes, and paths with their sizes."""
Item: TypeAlias = "tuple[int, int, int, int, int, int, str, str, int]"
"""Mode, size, both times, inode, links, digest, git's id, and the offset in the segment or -1."""

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


def main() -> None:
    share: Share = marshal.load(sys.stdin.buffer)  # noqa: S302 - written by our own process
    items = read_share(share)
    marshal.dump(items, sys.stdout.buffer)
    sys.stdout.buffer.flush()


def read_share(share: Share) -> list[Item | None]:
    """Read every file of ``share``; what is new goes into its segment, durable on return."""
    root, algorithm, segment, room, files = share
    descriptor = os.open(segment, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb", buffering=1024 * 1024) as out:
        keeper = _Keeper(out, room)
        start = hashlib.sha1 if algorithm == "sha1" else hashlib.sha256
        items = [_read(root + path, size, start, keeper) for path, size in files]
        out.flush()
        os.fdatasync(descriptor)
    return items


class _Keeper:
    """Writes each content once, as long as there is room."""

    def __init__(self, out: IO[bytes], room: int) -> None:
        self._out = out
        self._room = room
        self._offset = 0
        self._kept: dict[str, int] = {}

    def keep(self, digest: str, data: bytes) -> int:
        kept = self._kept.get(digest)
        if kept is not None:
            return kept
        if self._offset + len(data) > self._room:
            return -1
        self._kept[digest] = place = self._offset
        self._out.write(data)
        self._offset += len(data)
        return place


def _read(
    full: bytes, size: int, start: Callable[..., hashlib._Hash], keeper: _Keeper
) -> Item | None:
    try:
        descriptor = os.open(full, _FLAGS)
    except OSError:
        return None
    try:
        data = os.read(descriptor, size) if size else b""
        status = os.fstat(descriptor)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    if len(data) != size or not stat.S_ISREG(status.st_mode):
        return None
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    blob = start(b"blob %d\x00" % size, usedforsecurity=False)
    blob.update(data)
    return (
        status.st_mode,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_ino,
        status.st_nlink,
        digest,
        blob.hexdigest(),
        keeper.keep(digest, data),
    )


if __name__ == "__main__":
    main()
