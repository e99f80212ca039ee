"""OpenAI's Responses, as Codex speaks them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from remit.codec.traffic.responses_answer import ResponseReader
from remit.codec.traffic.shapes import (
    FAULTS,
    NOTHING,
    Count,
    openai_refusal,
    processing_of,
)
from remit.model.digest import digest_of
from remit.model.traffic import Asked, Caching, ToolResult

_FAILED = frozenset({"failed", "incomplete"})
_COMPACT = "/responses/compact"


class _Given(msgspec.Struct, gc=False):
    type: str | None = None
    call_id: str | None = None
    status: str | None = None


class _Request(msgspec.Struct, gc=False):
    model: str
    input: list[_Given] | str | None = None
    stream: bool | None = None
    max_output_tokens: Count | None = None
    instructions: msgspec.Raw = NOTHING
    tools: msgspec.Raw = NOTHING
    service_tier: str | None = None
    background: bool | None = None
    previous_response_id: str | None = None
    conversation: msgspec.Raw = NOTHING
    prompt: msgspec.Raw = NOTHING


_request = msgspec.json.Decoder(_Request).decode


class Responses:
    """The dialect of ``POST …/responses`` and of what makes a long conversation short."""

    name = "openai-responses"

    def reads(self, path: str) -> bool:
        return path.endswith(("/responses", _COMPACT))

    def asked(self, path: str, body: bytes) -> Asked:
        try:
            request = _request(body)
        except FAULTS as error:
            raise ValueError(f"no request of the Responses API: {error}") from None
        if kept := _kept(request):
            raise ValueError(f"{kept} is kept by the provider, so that nobody can tell its size")
        if request.background:
            raise ValueError("an answer in the background is seen by nobody")
        whole = path.partition("?")[0].endswith(_COMPACT)
        return Asked(
            self.name,
            request.model,
            len(body),
            request.stream is True and not whole,
            request.max_output_tokens,
            Caching.FIVE_MINUTES,
            digest_of(bytes(request.instructions)),
            digest_of(bytes(request.tools)),
            tuple(_results(request.input)),
            processing=processing_of(request.service_tier),
        )

    def reader(self, asked: Asked) -> ResponseReader:
        return ResponseReader()

    def refusal(self, message: str) -> bytes:
        return openai_refusal(message)


def _kept(request: _Request) -> str:
    """What of the prompt is not in the request."""
    if request.previous_response_id:
        return "the conversation before previous_response_id"
    if request.conversation != NOTHING:
        return "the conversation"
    if request.prompt != NOTHING:
        return "the prompt"
    given = request.input if isinstance(request.input, list) else ()
    return "an item_reference" if any(one.type == "item_reference" for one in given) else ""


def _results(given: list[_Given] | str | None) -> Iterable[ToolResult]:
    for one in given if isinstance(given, list) else ():
        if one.call_id and (one.type or "").endswith("_output"):
            yield ToolResult(one.call_id, one.status in _FAILED)
