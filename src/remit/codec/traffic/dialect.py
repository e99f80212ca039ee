"""A way of speaking to a model: what every provider's is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from remit.model.traffic import Asked, Progress


class AnswerReader(Protocol):
    """Follows one answer. What it cannot read it leaves out; it raises nothing."""

    progress: Progress

    def event(self, data: bytes) -> None:
        """One event of a stream, without its field names."""

    def whole(self, body: bytes) -> None:
        """An answer that came in one piece."""

    def ending(self, reason: str) -> bytes:
        """What ends the stream here so that the client takes it for a whole answer, with
        ``reason`` as its last words."""


class Dialect(Protocol):
    """``reads`` tells requests that are answered for money, by the path below the base address."""

    name: str

    def reads(self, path: str) -> bool: ...

    def asked(self, path: str, body: bytes) -> Asked:
        """The request in ``body``; ValueError where it cannot be read."""

    def reader(self) -> AnswerReader: ...

    def refusal(self, message: str) -> bytes:
        """The body of an error that the client shows in plain words."""


class EventSplitter:
    """Takes a stream of server-sent events apart, in whatever pieces it comes."""

    MOST = 16 * 1024 * 1024
    """Bytes of one event: more than any provider sends, and a bound on what is kept."""

    def __init__(self) -> None:
        self._open = bytearray()

    def feed(self, piece: bytes) -> Iterator[tuple[int, bytes]]:
        """Each event that ends in ``piece``: where in ``piece`` it ends, and its data.

        Raises ValueError where an event never ends.
        """
        at = 0
        while (end := _blank_line(piece, at, self._open)) is not None:
            self._open += piece[at:end]
            event, self._open = bytes(self._open), bytearray()
            yield end, _data(event)
            at = end
        self._open += piece[at:]
        if len(self._open) > self.MOST:
            raise ValueError("an event of the answer is too long")


def _blank_line(piece: bytes, at: int, before: bytearray) -> int | None:
    """The place after the next empty line, which may have begun in ``before``."""
    if at == 0 and before:
        tail = bytes(before[-3:])
        joined = tail + piece[:3]
        found = _first(joined, 0)
        if found is not None and found > len(tail):
            return found - len(tail)
    return _first(piece, at)


def _first(text: bytes, at: int) -> int | None:
    ends = [
        place + len(mark)
        for mark in (b"\n\n", b"\r\n\r\n", b"\r\r")
        if (place := text.find(mark, at)) >= 0
    ]
    return min(ends, default=None)


def _data(event: bytes) -> bytes:
    lines = (line for line in event.splitlines() if line.startswith(b"data:"))
    return b"\n".join(line[5:].removeprefix(b" ") for line in lines)
