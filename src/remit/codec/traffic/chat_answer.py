"""Follows one answer of OpenAI's Chat Completions."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from remit.codec.traffic.pieces import pieces_in, pieces_in_bytes
from remit.codec.traffic.shapes import (
    FAULTS,
    Count,
    grown,
    processing_of,
    server_event,
    usage_of,
)
from remit.model.traffic import Progress
from remit.model.usage import Usage

_MOST_CHOICES = 128


class _Function(msgspec.Struct, gc=False):
    name: str | None = None
    arguments: str | None = None
    input: str | None = None


class _Call(msgspec.Struct, gc=False):
    id: str | None = None
    function: _Function | None = None
    custom: _Function | None = None


class _Said(msgspec.Struct, gc=False):
    """What is added to a choice, or all of it. Gateways have two names for thoughts."""

    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[_Call] | None = None
    function_call: _Function | None = None


class _Choice(msgspec.Struct, gc=False):
    index: Count | None = None
    delta: _Said | None = None
    message: _Said | None = None
    finish_reason: str | None = None


class _Cached(msgspec.Struct, gc=False):
    cached_tokens: Count | None = None
    cache_write_tokens: Count | None = None


class _Usage(msgspec.Struct, gc=False):
    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    total_tokens: Count | None = None
    prompt_tokens_details: _Cached | None = None


class _Chunk(msgspec.Struct, gc=False):
    id: str | None = None
    model: str | None = None
    created: float | None = None
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    service_tier: str | None = None


_chunk = msgspec.json.Decoder(_Chunk).decode


class ChatReader:
    """Follows one answer of the Chat Completions API, with all its choices."""

    def __init__(self) -> None:
        self.progress = Progress()
        self._created = 0.0
        self._open: set[int] = set()
        self._begun: set[int] = set()
        self._calls: set[str] = set()

    def event(self, data: bytes) -> None:
        if data.strip() == b"[DONE]":
            self.progress.ended = True
            return
        try:
            chunk = _chunk(data)
        except FAULTS:
            self.progress.pieces += pieces_in_bytes(data)
            return
        self._take(chunk)
        if chunk.usage and self._begun and not chunk.choices and not self._open:
            self.progress.ended = True

    def whole(self, body: bytes) -> None:
        try:
            answer = _chunk(body)
        except FAULTS:
            return
        self._take(answer)
        self.progress.ended = self.progress.counted

    def ending(self, reason: str) -> bytes:
        last = sorted(self._open)[:_MOST_CHOICES] or [0]
        said = [{"index": at, "delta": self._delta(at, reason)} for at in last]
        stopped = [{"index": at, "delta": {}, "finish_reason": "stop"} for at in last]
        usage, output = self.progress.usage, self.progress.usage.output + self.progress.pieces
        told = {
            "prompt_tokens": usage.prompt,
            "completion_tokens": output,
            "total_tokens": usage.prompt + output,
        }
        return (
            self._chunk([{**one, "finish_reason": None} for one in said], None)
            + self._chunk(stopped, None)
            + self._chunk([], told)
            + b"data: [DONE]\n\n"
        )

    def _delta(self, at: int, reason: str) -> dict[str, str]:
        """Clients put together what comes twice, a role too."""
        role = {} if at in self._begun else {"role": "assistant"}
        return {**role, "content": reason}

    def _chunk(self, choices: list[dict[str, object]], usage: dict[str, int] | None) -> bytes:
        chunk = {
            "id": self.progress.message or "chatcmpl-remit",
            "object": "chat.completion.chunk",
            "created": int(self._created),
            "model": self.progress.model,
            "choices": choices,
            "usage": usage,
        }
        return server_event(chunk)

    def _take(self, chunk: _Chunk) -> None:
        now = self.progress
        self._created = chunk.created or self._created
        now.message, now.model = chunk.id or now.message, chunk.model or now.model
        now.processing = processing_of(chunk.service_tier) or now.processing
        for choice in chunk.choices or ():
            self._choose(choice)
        if chunk.usage is not None:
            self._count(chunk.usage)

    def _choose(self, choice: _Choice) -> None:
        at = choice.index or 0
        self._begun.add(at)
        self._open.add(at)
        said = choice.delta or choice.message
        if said is not None:
            self.progress.pieces += sum(pieces_in(text) for text in _texts(said))
            self._promise(said.tool_calls or [])
        if choice.finish_reason:
            self.progress.stop = choice.finish_reason
            self._open.discard(at)

    def _promise(self, calls: list[_Call]) -> None:
        for call in calls:
            if call.id and call.id not in self._calls:
                self._calls.add(call.id)
                self.progress.calls.append(call.id)

    def _count(self, told: _Usage) -> None:
        now = self.progress
        now.counted = now.counted or told.prompt_tokens is not None
        now.usage = grown(now.usage, _tokens(told))
        if told.completion_tokens is not None:
            now.pieces = 0


def _texts(said: _Said) -> Iterator[str]:
    yield from filter(None, (said.content, said.refusal, said.reasoning_content or said.reasoning))
    functions = [said.function_call]
    for call in said.tool_calls or ():
        functions += [call.function, call.custom]
    for one in functions:
        if one is not None:
            yield from filter(None, (one.name, one.arguments, one.input))


def _tokens(told: _Usage) -> Usage:
    """Gateways that leave reasoning out of the output have it in the total."""
    details = told.prompt_tokens_details or _Cached()
    read, wrote = told.prompt_tokens or 0, told.completion_tokens or 0
    cached, written = details.cached_tokens or 0, details.cache_write_tokens or 0
    return usage_of(read, max(wrote, (told.total_tokens or 0) - read), cached, written)
