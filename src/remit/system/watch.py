"""Which names in a tree the kernel saw changing: inotify, through its system calls.

A hint, never a proof: what it names is looked at first, what it misses is found by the
status of directories, a rotating sample and the full comparison at the end.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

from remit.system.tree import to_bytes, to_text

_MODIFY, _ATTRIB, _CLOSE_WRITE = 0x2, 0x4, 0x8
_MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x40, 0x80, 0x100, 0x200
_DELETE_SELF, _MOVE_SELF, _OVERFLOW, _IGNORED = 0x400, 0x800, 0x4000, 0x8000
_ONLY_DIRECTORY, _NO_FOLLOW, _IS_DIRECTORY = 0x01000000, 0x02000000, 0x40000000

_CONTENT = _MODIFY | _ATTRIB | _CLOSE_WRITE
_LISTING = _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE
_MASK = _CONTENT | _LISTING | _DELETE_SELF | _MOVE_SELF | _ONLY_DIRECTORY | _NO_FOLLOW
_EVENT = struct.Struct("iIII")
_BUFFER = 256 * 1024


@dataclass(slots=True)
class Noticed:
    """What changed: ``listings`` are directories whose names did, ``contents`` are paths whose
    content or status did. ``lost`` says that this is not all: look everywhere."""

    listings: set[str] = field(default_factory=set)
    contents: set[str] = field(default_factory=set)
    lost: bool = False


class CannotWatch(Exception):
    """The kernel has no watches to give, or none at all."""


class Watcher:
    """Watches directories of one tree. Raises :class:`CannotWatch`."""

    def __init__(self, root: bytes) -> None:
        self._root = root
        self._paths: dict[int, str] = {}
        if not sys.platform.startswith("linux"):
            raise CannotWatch("this system has no inotify")
        self._library = ctypes.CDLL(None, use_errno=True)
        self._descriptor: int = self._library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            raise CannotWatch(os.strerror(ctypes.get_errno()))

    def add(self, directories: Iterable[str]) -> None:
        """Watch more directories; one that is gone by now is left out."""
        call = self._library.inotify_add_watch
        for directory in directories:
            full = self._root + b"/" + to_bytes(directory)
            watch = call(self._descriptor, full, _MASK)
            if watch >= 0:
                self._paths[watch] = directory
            elif ctypes.get_errno() == _NO_SPACE:
                raise CannotWatch("all watches of this user are taken")

    def read(self) -> Noticed:
        """Everything noticed since the last call; does not wait."""
        noticed = Noticed()
        while True:
            try:
                data = os.read(self._descriptor, _BUFFER)
            except BlockingIOError:
                return noticed
            self._parse(data, noticed)

    def _parse(self, data: bytes, noticed: Noticed) -> None:
        place = 0
        while place < len(data):
            watch, mask, _, length = _EVENT.unpack_from(data, place)
            start = place + _EVENT.size
            name = data[start : start + length].rstrip(b"\0")
            place = start + length
            self._take(watch, mask, name, noticed)

    def _take(self, watch: int, mask: int, name: bytes, noticed: Noticed) -> None:
        if mask & _OVERFLOW:
            noticed.lost = True
            return
        directory = self._paths.get(watch)
        if directory is None:
            return
        if mask & _IGNORED:
            del self._paths[watch]
        if mask & _LISTING:
            noticed.listings.add(directory)
            # the watches below a moved directory still carry its old name
            if mask & _IS_DIRECTORY and mask & (_MOVED_FROM | _MOVED_TO):
                noticed.lost = True
        if mask & (_CONTENT | _LISTING) and name:
            text = to_text(name)
            noticed.contents.add(f"{directory}/{text}" if directory else text)

    def close(self) -> None:
        """Give the watches back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


_NO_SPACE = 28
