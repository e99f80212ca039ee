"""Reads a file in blocks that end at a line end, or whole, in bounded memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BLOCK = 512 * 1024
MAX_LINE = 64 * 1024 * 1024


def read_whole(path: Path, most: int) -> bytes | None:
    """What a file holds; None where that is more than ``most`` bytes. OSError where it cannot be
    read. A file that grows meanwhile is read to the size it had when it was opened."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        size = os.fstat(descriptor).st_size
        return file.read(size) if size <= most else None


@dataclass(slots=True)
class Blocks:
    """The whole lines of ``path`` from ``offset`` on.

    After reading, ``offset`` is where the first line that is not finished begins, ``cut`` says
    whether there is one, and ``too_long`` counts lines over :data:`MAX_LINE`, which are left out.
    A file that grows meanwhile is read to the size it had when it was opened.
    """

    path: Path
    offset: int = 0
    size: int = 0
    cut: bool = False
    too_long: int = 0

    def __iter__(self) -> Iterator[tuple[bytearray, int]]:
        """Pairs (buffer, end): the lines are ``buffer[:end]``, valid until the next pair."""
        descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            self.size = os.fstat(descriptor).st_size
            yield from self._read(descriptor)
        finally:
            os.close(descriptor)

    def _read(self, descriptor: int) -> Iterator[tuple[bytearray, int]]:
        buffer = bytearray(min(BLOCK, max(self.size - self.offset, 1) + 1))
        have, at = 0, self.offset
        while at < self.size:
            room = memoryview(buffer)[have : have + self.size - at]
            got = os.preadv(descriptor, [room], at)
            room.release()
            if not got:
                break
            at += got
            have += got
            end = buffer.rfind(b"\n", 0, have) + 1
            if end:
                yield buffer, end
                self.offset += end
                buffer[: have - end] = buffer[end:have]
                have -= end
            elif have >= MAX_LINE:
                at = self.offset = self._skip(descriptor, at)
                have = 0
            elif have == len(buffer):
                buffer.extend(bytes(len(buffer)))
        self.cut = have > 0

    def _skip(self, descriptor: int, at: int) -> int:
        """Where the line after the one around ``at`` begins."""
        self.too_long += 1
        while at < self.size and (piece := os.pread(descriptor, BLOCK, at)):
            if (found := piece.find(b"\n")) >= 0:
                return at + found + 1
            at += len(piece)
        return at
