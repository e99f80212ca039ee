"""Session records of Claude Code, one JSON object a line.

A block of lines is decoded at once into the few fields that are wanted; everything else is
skipped without being built. Where a line does not fit, the lines of its block are decoded one by
one, and only that line is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, TypeAlias

import msgspec

from remit.codec.transcripts.arguments import asked_of
from remit.codec.transcripts.sink import MOST_TOKENS, Said, Sink
from remit.model.usage import Usage

KEPT = 64 * 1024
"""Bytes of a result that are compared."""
_SAMPLE = 32 * 1024
"""Bytes that show whether a client leaves lines empty: one that does so does it everywhere."""
_SYNTHETIC = "<synthetic>"
"""The model of a message that the client made up, such as an error notice."""


_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=MOST_TOKENS)]


class _CacheWrites(msgspec.Struct, gc=False):
    ephemeral_5m_input_tokens: _Count = 0
    ephemeral_1h_input_tokens: _Count = 0


class _Usage(msgspec.Struct, gc=False):
    input_tokens: _Count | None = 0
    output_tokens: _Count | None = 0
    cache_creation_input_tokens: _Count | None = 0
    cache_read_input_tokens: _Count | None = 0
    cache_creation: _CacheWrites | None = None
    service_tier: str | None = None
    speed: str | None = None


class _Block(msgspec.Struct, gc=False):
    """A call, a result, or something else."""

    type: str = ""
    id: str | None = ""
    name: str | None = ""
    input: msgspec.Raw = msgspec.Raw(b"{}")
    tool_use_id: str = ""
    content: msgspec.Raw = msgspec.Raw(b'""')
    is_error: bool | None = None


class _Message(msgspec.Struct, gc=False):
    id: str | None = None
    model: str | None = None
    usage: _Usage | None = None
    content: list[_Block | str] | str | None = None


class _Record(msgspec.Struct, gc=False):
    type: str = ""
    uuid: str | None = None
    timestamp: str = ""
    requestId: str | None = None
    isSidechain: bool | None = False
    agentId: str | None = None
    message: _Message | str | None = None


class _PlacedRecord(_Record, gc=False):
    cwd: str | None = None


class _Head(msgspec.Struct, gc=False):
    sessionId: str = ""
    cwd: str = ""


class _Kind(msgspec.Struct, gc=False):
    type: str = ""


_records = msgspec.json.Decoder(_Record)
_placed_records: msgspec.json.Decoder[_Record] = msgspec.json.Decoder(_PlacedRecord)
_head = msgspec.json.Decoder(_Head).decode
_kind = msgspec.json.Decoder(_Kind).decode
_NOTHING = _Record()


class ClaudeCode:
    """Reads the lines of one file, block after block, into a sink."""

    _records: msgspec.json.Decoder[_Record] = _records

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._line = 0
        self._known = False
        self._last: tuple[str | None, str | None, int | None] = ("", "", 0)

    def feed(self, block: bytearray, end: int) -> None:
        """Take the whole lines in ``block[:end]``. Nothing of the block is kept."""
        for record in self._decoded(block, end):
            self._line += 1
            message = record.message
            if type(message) is not _Message:
                continue
            if record.type == "user":
                if type(message.content) is list:
                    self._answers(message.content)
            elif record.type == "assistant":
                if not self._known:
                    self._begin(block, end)
                self._said(record, message)

    def _decoded(self, block: bytearray, end: int) -> list[_Record]:
        view = memoryview(block)[:end]
        try:
            records = self._records.decode_lines(view)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return list(self._one_by_one(bytes(view)))
        if block.find(b"\n\n", 0, _SAMPLE) >= 0:  # empty lines are lines as well
            return list(self._one_by_one(bytes(view)))
        return records

    def _one_by_one(self, block: bytes) -> Iterator[_Record]:
        for line in block.removesuffix(b"\n").split(b"\n"):
            try:
                yield self._records.decode(line) if line.strip() else _NOTHING
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                if _is_message(line):
                    self._sink.unreadable()
                yield _NOTHING

    def _begin(self, block: bytearray, end: int) -> None:
        """The first record that says where the session runs."""
        start = 0
        while start < end and not self._known:
            stop = block.find(b"\n", start, end)
            try:
                head = _head(bytes(block[start:stop]))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                head = _Head()
            if head.cwd:
                self._known = True
                self._sink.belongs(head.sessionId, head.cwd)
            start = stop + 1

    def _said(self, record: _Record, message: _Message) -> None:
        usage = message.usage
        if usage is not None and message.model != _SYNTHETIC:
            said = (message.id, record.requestId, usage.output_tokens)
            if said != self._last or message.id is None:
                self._last = said
                self._sink.said(_said(record, message, usage))
        if type(message.content) is list:
            for block in message.content:
                if type(block) is _Block and block.type == "tool_use":
                    asked = asked_of(block.id or "", block.name or "", bytes(block.input))
                    self._sink.asked(asked, self._line)

    def _answers(self, blocks: list[_Block | str]) -> None:
        for block in blocks:
            if type(block) is _Block and block.type == "tool_result":
                content = bytes(memoryview(block.content)[:KEPT])
                self._sink.answered(block.tool_use_id, block.is_error is True, content)


class PlacedClaudeCode(ClaudeCode):
    """The same, and tells where each call is made: a session goes from folder to folder."""

    _records = _placed_records

    def _said(self, record: _Record, message: _Message) -> None:
        if isinstance(record, _PlacedRecord):
            self._sink.moved(record.cwd or "")
        super()._said(record, message)


def _is_message(line: bytes) -> bool:
    """Whether something may be lost with this line: it is no record of a kind we leave out."""
    try:
        return _kind(line).type in ("assistant", "user", "")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return True


def _said(record: _Record, message: _Message, usage: _Usage) -> Said:
    sidechain = record.agentId or ("sidechain" if record.isSidechain else "")
    return Said(
        message.id or record.uuid or "",
        record.requestId or "",
        record.timestamp,
        message.model or "",
        sidechain,
        _tokens(usage),
        "batch" if usage.service_tier == "batch" else "",
        usage.speed if usage.speed and usage.speed != "standard" else "",
    )


def _tokens(usage: _Usage) -> Usage:
    """What the split of cache writes does not cover was written for five minutes."""
    split = usage.cache_creation
    written = usage.cache_creation_input_tokens or 0
    hour = 0
    if split is not None:
        hour = split.ephemeral_1h_input_tokens
        written = written or split.ephemeral_5m_input_tokens + hour
        hour = hour if hour < written else written
    return Usage(
        usage.input_tokens or 0,
        usage.output_tokens or 0,
        written - hour,
        hour,
        usage.cache_read_input_tokens or 0,
    )
