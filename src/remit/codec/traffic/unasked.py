"""A stream of Chat Completions is counted where the client asks for it. Where it says nothing of
that we ask, and keep the chunk that comes of it from a client that may not expect it."""

from __future__ import annotations

import msgspec

from remit.codec.traffic.framing import EventSplitter
from remit.codec.traffic.shapes import FAULTS, NOTHING

USAGE = b',"stream_options":{"include_usage":true}'
_LINE_ENDS = (b"\r", b"\n", b"\r\n")
"""What may be left of an event that is whole."""


class _Chunk(msgspec.Struct, gc=False):
    choices: list[msgspec.Raw]
    usage: msgspec.Raw = NOTHING


_chunk = msgspec.json.Decoder(_Chunk).decode


def with_added(body: bytes, added: bytes) -> bytes:
    """``body``, a JSON object that is not empty, with ``added`` as its last members."""
    return body[: body.rindex(b"}")] + added + b"}" if added else body


class Unasked:
    """Passes a stream on, event by event, without the count."""

    def __init__(self) -> None:
        self._events = EventSplitter()
        self._open = bytearray()

    def feed(self, piece: bytes) -> bytes:
        """The events that are whole. Raises ValueError where one never ends."""
        before, at, shown = len(self._open), 0, bytearray()
        self._open += piece
        for end, data in self._events.feed(piece):
            event = bytes(self._open[at : before + end])
            shown += _ends(event) if _only_counts(data) else event
            at = before + end
        del self._open[:at]
        if self._open in _LINE_ENDS:
            shown += self._open
            self._open.clear()
        return bytes(shown)


def _ends(event: bytes) -> bytes:
    """What may have come late of the event before: the second half of its last line end."""
    return event[: len(event) - len(event.lstrip(b"\r\n"))]


def _only_counts(data: bytes) -> bool:
    try:
        chunk = _chunk(data)
    except FAULTS:
        return False
    return not chunk.choices and chunk.usage != NOTHING
