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


_MARKS = (b"\n\n", b"\r\n\r\n", b"\r\r")
_DATA = b"\ndata: "


class EventSplitter:
    """Takes a stream of server-sent events apart, in whatever pieces it comes."""

    MOST = 16 * 1024 * 1024
    """Bytes of one event: more than any provider sends, and a bound on what is kept."""

    def __init__(self) -> None:
        self._open = b""

    def feed(self, piece: bytes) -> Iterator[tuple[int, bytes]]:
        """Each event that ends in ``piece``: where in ``piece`` it ends, and its data.

        Raises ValueError where an event never ends.
        """
        before = len(self._open)
        text = self._open + piece if before else piece
        at, looked = 0, max(0, before - 3)
        while (end := _blank_line(text, looked)) is not None:
            self._open = b""
            yield end - before, _data(text[at:end])
            at = looked = end
        self._open = text[at:]
        if len(self._open) > self.MOST:
            raise ValueError("an event of the answer is too long")


def _blank_line(text: bytes, at: int) -> int | None:
    """The place after the next empty line. Providers end lines with a line feed alone."""
    found = text.find(b"\n\n", at)
    if b"\r" not in text:
        return found + 2 if found >= 0 else None
    ends = [place + len(mark) for mark in _MARKS if (place := text.find(mark, at)) >= 0]
    return min(ends, default=None)


def _data(event: bytes) -> bytes:
    """As a rule one line of data is the last of two."""
    first = event.find(_DATA)
    if first >= 0 and event.find(b"\n", first + 1) == len(event) - 2:
        return event[first + len(_DATA) : -2]
    lines = (line for line in event.splitlines() if line.startswith(b"data:"))
    return b"\n".join(line[5:].removeprefix(b" ") for line in lines)
