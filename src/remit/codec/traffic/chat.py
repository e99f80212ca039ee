"""OpenAI's Chat Completions, as most gateways and clients of other models speak them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from remit.codec.traffic.chat_answer import ChatReader
from remit.codec.traffic.shapes import (
    FAULTS,
    NOTHING,
    Count,
    openai_refusal,
    processing_of,
)
from remit.codec.traffic.unasked import USAGE
from remit.model.digest import Digest, digest_of
from remit.model.traffic import Asked, Caching, ToolResult

_DEPLOYED = re.compile(r"/deployments/([^/?]+)/")
_SYSTEM = ("system", "developer")


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


_request = msgspec.json.Decoder(_Request).decode


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
