"""Takes an answer apart while it comes, in whatever pieces it comes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from remit.model.traffic import Framing

MOST = 16 * 1024 * 1024
"""Bytes of one event: more than any provider sends, and a bound on what is kept."""
_BLANK_LINE = re.compile(rb"(?>\r\n|\n|\r)(?:\r\n|\n|\r)")
_MARK = re.compile(rb'["{}]')
_WITHIN_STRING = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_DATA = b"\ndata: "
_BOM = b"\xef\xbb\xbf"


class Splitter(Protocol):
    def feed(self, piece: bytes) -> Iterator[tuple[int, bytes]]:
        """Each event that ends in ``piece``: where in ``piece`` it ends, and its data.

        Raises ValueError where an event never ends.
        """


def splitter(framing: Framing) -> Splitter:
    return ListSplitter() if framing is Framing.LIST else EventSplitter()


class EventSplitter:
    """Server-sent events, as HTML's standard has them: any of the three line ends, comments, data
    over several lines, a byte order mark."""

    def __init__(self) -> None:
        self._open = b""
        self._begun = False

    def feed(self, piece: bytes) -> Iterator[tuple[int, bytes]]:
        before = len(self._open)
        text = self._open + piece if before else piece
        at, looked = 0, max(0, before - 3)
        while (end := _blank_line(text, looked)) is not None:
            self._open = b""
            yield end - before, self._data(text[at:end])
            at = looked = end
        self._open = text[at:]
        if len(self._open) > MOST:
            raise ValueError("an event of the answer is too long")

    def _data(self, event: bytes) -> bytes:
        """As a rule one line of data is the second of two."""
        if not self._begun:
            self._begun, event = True, event.removeprefix(_BOM)
        first = event.find(b"\n")
        second = event.startswith(b"event:") and event.startswith(_DATA, first)
        if second and event.find(b"\n", first + 1) == len(event) - 2:
            return event[first + len(_DATA) : -2]
        lines = (line for line in event.splitlines() if line.startswith(b"data:"))
        return b"\n".join(line[5:].removeprefix(b" ") for line in lines)


def _blank_line(text: bytes, at: int) -> int | None:
    """The place after the next empty line. Providers end lines with a line feed alone."""
    if b"\r" not in text:
        found = text.find(b"\n\n", at)
        return found + 2 if found >= 0 else None
    other = _BLANK_LINE.search(text, at)
    return other.end() if other else None


class ListSplitter:
    """The objects of one JSON array, which comes while it is written."""

    def __init__(self) -> None:
        self._open = bytearray()
        self._depth = 0
        self._quoted = False
        self._read = 0

    def feed(self, piece: bytes) -> Iterator[tuple[int, bytes]]:
        before = len(self._open)
        self._open += piece
        while (end := self._object_end()) is not None:
            event = bytes(self._open[:end])
            yield end - before, event[event.index(b"{") :]
            del self._open[:end]
            before -= end
            self._read = 0
        if len(self._open) > MOST:
            raise ValueError("an event of the answer is too long")

    def _object_end(self) -> int | None:
        """Where the object that is open ends; what was looked at is not looked at again."""
        while self._leave_string() and (mark := _MARK.search(self._open, self._read)):
            self._read = mark.end()
            if self._closes(mark[0]):
                return self._read
        if not self._quoted:
            self._read = len(self._open)
        return None

    def _leave_string(self) -> bool:
        """Go on behind the string that is open; False where its end is still to come."""
        if not self._quoted:
            return True
        within = _WITHIN_STRING.match(self._open, self._read)
        self._read = within.end() if within else self._read
        if self._open[self._read : self._read + 1] != b'"':
            return False
        self._quoted = False
        self._read += 1
        return True

    def _closes(self, mark: bytes) -> bool:
        """Take ``mark`` into account; True where it ends the object."""
        before = self._depth
        match mark:
            case b'"':
                self._quoted = True
            case b"{":
                self._depth += 1
            case _:
                self._depth = max(0, before - 1)
        return before == 1 and self._depth == 0
