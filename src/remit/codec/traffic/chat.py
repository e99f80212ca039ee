"""OpenAI's Chat Completions, as most gateways and clients of other models speak them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from remit.codec.traffic.pieces import pieces_in, pieces_in_bytes
from remit.codec.traffic.shapes import (
    FAULTS,
    NOTHING,
    Count,
    grown,
    openai_refusal,
    processing_of,
    server_event,
    usage_of,
)
from remit.codec.traffic.unasked import USAGE
from remit.model.digest import Digest, digest_of
from remit.model.traffic import Asked, Caching, Progress, ToolResult
from remit.model.usage import Usage

_DEPLOYED = re.compile(r"/deployments/([^/?]+)/")
_SYSTEM = ("system", "developer")
_MOST_CHOICES = 128


class _Turn(msgspec.Struct, gc=False):
    role: str = ""
    content: msgspec.Raw = NOTHING
    tool_call_id: str | None = None


class _Options(msgspec.Struct, gc=False):
    include_usage: bool | None = None


class _Request(msgspec.Struct, gc=False):
    model: str = ""
    messages: list[_Turn] = []
    stream: bool | None = None
    stream_options: _Options | msgspec.UnsetType | None = msgspec.UNSET
    max_tokens: Count | None = None
    max_completion_tokens: Count | None = None
    n: Count | None = None
    tools: msgspec.Raw = NOTHING
    functions: msgspec.Raw = NOTHING
    service_tier: str | None = None


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


_request = msgspec.json.Decoder(_Request).decode
_chunk = msgspec.json.Decoder(_Chunk).decode


class Chat:
    """The dialect of ``POST …/chat/completions``."""

    name = "openai-chat"

    def reads(self, path: str) -> bool:
        return path.endswith("/chat/completions")

    def asked(self, path: str, body: bytes) -> Asked:
        try:
            request = _request(body)
        except FAULTS as error:
            raise ValueError(f"no request of the Chat Completions API: {error}") from None
        deployed = _DEPLOYED.search(path.partition("?")[0])
        model = deployed[1] if deployed else request.model
        if not model:
            raise ValueError("no request of the Chat Completions API: it names no model")
        return Asked(
            self.name,
            model,
            len(body),
            request.stream is True,
            _most_output(request),
            Caching.FIVE_MINUTES,
            _system(request.messages),
            digest_of(bytes(request.tools) + bytes(request.functions)),
            tuple(_results(request.messages)),
            processing=processing_of(request.service_tier),
            added=_added(request),
        )

    def reader(self, asked: Asked) -> ChatReader:
        return ChatReader()

    def refusal(self, message: str) -> bytes:
        return openai_refusal(message)


def _added(request: _Request) -> bytes:
    """What lets a stream be counted; ValueError where the client wants no count."""
    if not request.stream:
        return b""
    if request.stream_options is msgspec.UNSET:
        return USAGE
    if request.stream_options is None or not request.stream_options.include_usage:
        raise ValueError(
            "nobody counts this stream. Let the client ask for its usage: "
            '"stream_options": {"include_usage": true}'
        )
    return b""


def _most_output(request: _Request) -> int | None:
    """Servers differ in which of the two limits they look at, and each choice has its own."""
    limits = [one for one in (request.max_tokens, request.max_completion_tokens) if one is not None]
    return max(limits) * max(1, request.n or 1) if limits else None


def _system(turns: list[_Turn]) -> Digest:
    return digest_of(b"\n".join(bytes(turn.content) for turn in turns if turn.role in _SYSTEM))


def _results(turns: list[_Turn]) -> Iterable[ToolResult]:
    for turn in turns:
        if turn.role == "tool" and turn.tool_call_id:
            yield ToolResult(turn.tool_call_id, False)


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
