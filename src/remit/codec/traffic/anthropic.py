"""Anthropic's Messages, as Claude Code speaks them."""

from __future__ import annotations

import json

import msgspec

from remit.codec.traffic.pieces import pieces_in, pieces_in_bytes
from remit.codec.traffic.shapes import FAULTS, NOTHING, Count
from remit.model.digest import digest_of
from remit.model.traffic import Asked, Caching, Progress, ToolResult
from remit.model.usage import Usage


class _Block(msgspec.Struct, gc=False):
    type: str | None = None
    id: str | None = None
    tool_use_id: str | None = None
    is_error: bool | None = None
    text: str | None = None


class _Turn(msgspec.Struct, gc=False):
    role: str = ""
    content: list[_Block] | str | None = None


class _Request(msgspec.Struct, gc=False):
    model: str
    messages: list[_Turn] = []
    max_tokens: Count | None = None
    stream: bool | None = None
    system: msgspec.Raw = NOTHING
    tools: msgspec.Raw = NOTHING


class _CacheWrites(msgspec.Struct, gc=False):
    ephemeral_5m_input_tokens: Count | None = None
    ephemeral_1h_input_tokens: Count | None = None


class _Searches(msgspec.Struct, gc=False):
    web_search_requests: Count | None = None


class _Usage(msgspec.Struct, gc=False):
    """What is None was not told: it stays as it was told before."""

    input_tokens: Count | None = None
    output_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    cache_creation: _CacheWrites | None = None
    server_tool_use: _Searches | None = None
    service_tier: str | None = None
    speed: str | None = None


class _Message(msgspec.Struct, gc=False):
    id: str | None = None
    model: str | None = None
    usage: _Usage | None = None
    content: list[_Block] | None = None
    stop_reason: str | None = None


class _Delta(msgspec.Struct, gc=False):
    text: str | None = None
    thinking: str | None = None
    partial_json: str | None = None
    stop_reason: str | None = None


class _Event(msgspec.Struct, gc=False):
    type: str | None = None
    index: int | None = None
    message: _Message | None = None
    content_block: _Block | None = None
    delta: _Delta | None = None
    usage: _Usage | None = None


_request = msgspec.json.Decoder(_Request).decode
_event = msgspec.json.Decoder(_Event).decode
_message = msgspec.json.Decoder(_Message).decode


class Anthropic:
    """The dialect of ``POST …/v1/messages``."""

    name = "anthropic-messages"

    def reads(self, path: str) -> bool:
        return path.endswith("/v1/messages")

    def asked(self, path: str, body: bytes) -> Asked:
        try:
            request = _request(body)
        except FAULTS as error:
            raise ValueError(f"no request of the Messages API: {error}") from None
        return Asked(
            self.name,
            request.model,
            len(body),
            request.stream is True,
            request.max_tokens,
            _caching(body),
            digest_of(bytes(request.system)),
            digest_of(bytes(request.tools)),
            tuple(_results(request.messages)),
        )

    def reader(self, asked: Asked) -> MessageReader:
        return MessageReader()

    def refusal(self, message: str) -> bytes:
        error = {"type": "billing_error", "message": message}
        return json.dumps({"type": "error", "error": error}).encode()


def _caching(body: bytes) -> Caching:
    """Over-reading is safe: the words may stand in a text, and the reserve is higher for it."""
    if b'"cache_control"' not in body:
        return Caching.NONE
    return Caching.HOUR if b'"1h"' in body else Caching.FIVE_MINUTES


def _results(turns: list[_Turn]) -> list[ToolResult]:
    return [
        ToolResult(block.tool_use_id or "", block.is_error is True)
        for turn in turns
        if turn.role == "user" and isinstance(turn.content, list)
        for block in turn.content
        if block.type == "tool_result"
    ]


class MessageReader:
    """Follows one answer of the Messages API."""

    def __init__(self) -> None:
        self.progress = Progress()
        self._begun = False
        self._open: int | None = None
        self._next = 0

    def event(self, data: bytes) -> None:
        try:
            event = _event(data)
        except FAULTS:
            self.progress.pieces += pieces_in_bytes(data)
            return
        match event.type:
            case "content_block_delta" if event.delta is not None:
                self._write(event.delta)
            case "message_start" if event.message is not None:
                self._begin(event.message)
            case "content_block_start" if event.content_block is not None:
                self._open = event.index or 0
                self._next = self._open + 1
                self._block(event.content_block)
            case "content_block_stop":
                self._open = None
            case "message_delta":
                self._count(event.usage)
                self.progress.stop = (event.delta and event.delta.stop_reason) or ""
            case "message_stop":
                self.progress.ended = True

    def whole(self, body: bytes) -> None:
        try:
            message = _message(body)
        except FAULTS:
            return
        for block in message.content or ():
            self._block(block)
        self._begin(message)
        self.progress.stop = message.stop_reason or ""
        self.progress.ended = message.usage is not None

    def ending(self, reason: str) -> bytes:
        at = self._next
        text = {"type": "text_delta", "text": reason}
        events: list[dict[str, object]] = []
        if not self._begun:
            events.append(_opening(self.progress))
        if self._open is not None:
            events.append({"type": "content_block_stop", "index": self._open})
        events += [
            _start(at),
            {"type": "content_block_delta", "index": at, "delta": text},
            {"type": "content_block_stop", "index": at},
            {
                "type": "message_delta",
                "delta": {"stop_reason": "end_turn", "stop_sequence": None},
                "usage": {"output_tokens": self.progress.usage.output + self.progress.pieces},
            },
            {"type": "message_stop"},
        ]
        return b"".join(_written(event) for event in events)

    def _begin(self, message: _Message) -> None:
        self._begun = True
        self.progress.message, self.progress.model = message.id or "", message.model or ""
        self.progress.counted = self.progress.counted or message.usage is not None
        self._count(message.usage)

    def _block(self, block: _Block) -> None:
        if block.type == "tool_use" and block.id:
            self.progress.calls.append(block.id)
        self.progress.pieces += pieces_in(block.text or "")

    def _write(self, delta: _Delta) -> None:
        self.progress.pieces += max(
            1, pieces_in(delta.text or delta.thinking or delta.partial_json or "")
        )

    def _count(self, told: _Usage | None) -> None:
        if told is None:
            return
        now = self.progress
        if told.output_tokens is not None:
            now.pieces = 0
        now.usage = _tokens(told, now.usage)
        now.processing = "batch" if told.service_tier == "batch" else now.processing
        now.speed = told.speed if told.speed not in (None, "standard") else now.speed
        if told.server_tool_use is not None:
            now.searches = max(now.searches, told.server_tool_use.web_search_requests or 0)


def _tokens(told: _Usage, before: Usage) -> Usage:
    """``before`` with what is told anew: counts grow with the answer, so that what was told once
    is never taken back. What the split of cache writes does not cover was written for five
    minutes."""
    written, hour = before.cache_write_5m + before.cache_write_1h, before.cache_write_1h
    if told.cache_creation_input_tokens is not None:
        written, hour = told.cache_creation_input_tokens, 0
    if told.cache_creation is not None:
        hour = told.cache_creation.ephemeral_1h_input_tokens or 0
        written = max(written, hour + (told.cache_creation.ephemeral_5m_input_tokens or 0))
    output = max(before.output, told.output_tokens or 0)
    now = Usage(
        before.input if told.input_tokens is None else told.input_tokens,
        output,
        written - min(hour, written),
        min(hour, written),
        before.cache_read if told.cache_read_input_tokens is None else told.cache_read_input_tokens,
    )
    return now if now.prompt >= before.prompt else before._replace(output=output)


def _opening(progress: Progress) -> dict[str, object]:
    message: dict[str, object] = {
        "id": progress.message,
        "type": "message",
        "role": "assistant",
        "model": progress.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": progress.usage.input, "output_tokens": progress.usage.output},
    }
    return {"type": "message_start", "message": message}


def _start(index: int) -> dict[str, object]:
    empty = {"type": "text", "text": ""}
    return {"type": "content_block_start", "index": index, "content_block": empty}


def _written(event: dict[str, object]) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
