"""Session records of Claude Code, one JSON object a line.

Most bytes are of no interest: attachments, request shapes, the same result a second time. So
lines are found and told apart by searching the block, and only answers of the model are decoded,
by their types. Quotes inside of JSON strings are escaped: a key that is found with its quotes
is a key, and cannot be text that a tool printed.
"""

from __future__ import annotations

from functools import partial

import msgspec

from remit.codec.transcripts.arguments import asked_of
from remit.codec.transcripts.sink import Said, Sink
from remit.model.usage import Usage

_MESSAGE = b'"message":'
_BY_USER = b'{"role":"user"'
_RESULT_OF = b'"tool_use_id":"'
_IS_ERROR = b'"is_error":true'
_MORE = b'"toolUseResult":'
KEPT = 64 * 1024
"""Bytes of a result that are compared."""
_SYNTHETIC = "<synthetic>"
"""The model of a message that the client made up, such as an error notice."""


class _CacheWrites(msgspec.Struct, gc=False):
    ephemeral_5m_input_tokens: int = 0
    ephemeral_1h_input_tokens: int = 0


class _Usage(msgspec.Struct, gc=False):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation: _CacheWrites | None = None
    service_tier: str | None = None
    speed: str | None = None


class _Block(msgspec.Struct, gc=False):
    type: str = ""
    id: str = ""
    name: str = ""
    input: msgspec.Raw = msgspec.Raw(b"{}")


class _Message(msgspec.Struct, gc=False):
    id: str | None = None
    model: str | None = None
    usage: _Usage | None = None
    content: list[_Block] | str = ""


class _Record(msgspec.Struct, gc=False):
    type: str = ""
    uuid: str = ""
    timestamp: str = ""
    requestId: str | None = None
    isSidechain: bool = False
    agentId: str | None = None
    message: _Message | None = None


class _Head(msgspec.Struct, gc=False):
    sessionId: str = ""
    cwd: str = ""


class _Result(msgspec.Struct, gc=False):
    tool_use_id: str = ""
    content: msgspec.Raw = msgspec.Raw(b'""')
    is_error: bool | None = None


class _ResultMessage(msgspec.Struct, gc=False):
    content: list[_Result] | str = ""


class _ResultRecord(msgspec.Struct, gc=False):
    message: _ResultMessage | None = None


_record = msgspec.json.Decoder(_Record).decode
_head = msgspec.json.Decoder(_Head).decode
_results = msgspec.json.Decoder(_ResultRecord).decode


class ClaudeCode:
    """Reads the lines of one file, block after block, into a sink."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._line = 0
        self._known = False
        self._last: tuple[str | None, str | None, int] = ("", "", 0)

    def feed(self, block: bytearray, end: int) -> None:
        """Take the whole lines in ``block[:end]``."""
        find, view = block.find, memoryview(block)
        start, line = 0, self._line
        try:
            while start < end:
                stop = find(b"\n", start, end)
                line += 1
                message = find(_MESSAGE, start, stop)
                if message >= 0:
                    if block.startswith(_BY_USER, message + len(_MESSAGE)):
                        if find(_RESULT_OF, message, stop) >= 0:
                            self._answer(block, message, start, stop)
                    else:
                        self._said(view[start:stop], line)
                start = stop + 1
        finally:
            self._line = line
            view.release()

    def _said(self, text: memoryview, line: int) -> None:
        try:
            record = _record(text)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self._sink.unreadable()
            return
        message = record.message
        if message is None or record.type != "assistant":
            if record.type == "user":
                self._answers(bytes(text))
            return
        if not self._known:
            self._begin(text)
        usage = message.usage
        if usage is not None and message.model != _SYNTHETIC:
            said = (message.id, record.requestId, usage.output_tokens)
            if said != self._last or message.id is None:
                self._last = said
                self._sink.said(_said(record, message, usage))
        for block in message.content:
            if isinstance(block, _Block) and block.type == "tool_use":
                self._sink.asked(asked_of(block.id, block.name, bytes(block.input)), line)

    def _begin(self, text: memoryview) -> None:
        self._known = True
        head = _head(text)
        self._sink.belongs(head.sessionId, head.cwd)

    def _answer(self, block: bytearray, message: int, start: int, stop: int) -> None:
        """One result is the rule; several in one record are decoded, as is whatever is odd."""
        first = block.find(_RESULT_OF, message, stop) + len(_RESULT_OF)
        more = block.find(_MORE, first, stop)
        last = more if more >= 0 else stop
        if block.find(_RESULT_OF, first, last) >= 0:
            self._answers(bytes(block[start:stop]))
            return
        call = block[first : block.find(b'"', first, stop)].decode("utf-8", "replace")
        failed = block.find(_IS_ERROR, message, last) >= 0
        text = bytes(block[start:stop])
        if len(text) > KEPT:
            text = _content(text, call)[:KEPT]
            self._sink.answered(call, failed, text.__bytes__)
        else:
            self._sink.answered(call, failed, partial(_content, text, call))

    def _answers(self, text: bytes) -> None:
        for result in _decoded(text):
            content = bytes(result.content)
            self._sink.answered(result.tool_use_id, bool(result.is_error), content.__bytes__)


def _content(text: bytes, call: str) -> bytes:
    for result in _decoded(text):
        if result.tool_use_id == call:
            return bytes(result.content)
    return b'""'


def _decoded(text: bytes) -> list[_Result]:
    try:
        message = _results(text).message
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return []
    return message.content if message and isinstance(message.content, list) else []


def _said(record: _Record, message: _Message, usage: _Usage) -> Said:
    sidechain = record.agentId or "sidechain" if record.isSidechain else record.agentId or ""
    return Said(
        message.id or record.uuid,
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
    split, written = usage.cache_creation, usage.cache_creation_input_tokens
    hour = min(split.ephemeral_1h_input_tokens, written) if split else 0
    if split and not written:
        hour, written = (
            split.ephemeral_1h_input_tokens,
            (split.ephemeral_5m_input_tokens + split.ephemeral_1h_input_tokens),
        )
    return Usage(
        usage.input_tokens,
        usage.output_tokens,
        written - hour,
        hour,
        usage.cache_read_input_tokens,
    )
