"""Follows one answer of Google's generateContent."""

from __future__ import annotations

import json

import msgspec

from remit.codec.traffic.pieces import pieces_in, pieces_in_bytes
from remit.codec.traffic.shapes import FAULTS, NOTHING, Count, grown, processing_of, usage_of
from remit.model.traffic import Framing, Progress
from remit.model.usage import Usage

_MOST_CANDIDATES = 8


class _Call(msgspec.Struct, gc=False):
    id: str | None = None
    name: str | None = None
    args: msgspec.Raw = NOTHING


class _Part(msgspec.Struct, gc=False, rename="camel"):
    text: str | None = None
    function_call: _Call | None = None
    executable_code: msgspec.Raw = NOTHING


class _Content(msgspec.Struct, gc=False):
    parts: list[_Part] | None = None


class _Grounding(msgspec.Struct, gc=False, rename="camel"):
    web_search_queries: list[str] | None = None


class _Candidate(msgspec.Struct, gc=False, rename="camel"):
    index: Count | None = None
    content: _Content | None = None
    finish_reason: str | None = None
    grounding_metadata: _Grounding | None = None


class _Usage(msgspec.Struct, gc=False, rename="camel"):
    """The prompt contains what was cached; thoughts and what tools read stand beside the rest."""

    prompt_token_count: Count | None = None
    cached_content_token_count: Count | None = None
    candidates_token_count: Count | None = None
    thoughts_token_count: Count | None = None
    tool_use_prompt_token_count: Count | None = None
    total_token_count: Count | None = None
    service_tier: str | None = None


class _Feedback(msgspec.Struct, gc=False, rename="camel"):
    block_reason: str | None = None


class _Chunk(msgspec.Struct, gc=False, rename="camel"):
    candidates: list[_Candidate] | None = None
    usage_metadata: _Usage | None = None
    prompt_feedback: _Feedback | None = None
    model_version: str | None = None
    response_id: str | None = None


_chunk = msgspec.json.Decoder(_Chunk).decode


class ContentReader:
    """Follows one answer of the Gemini API. No event is its end: it has ended where each candidate
    told why it did, and the tokens are told."""

    def __init__(self, framing: Framing) -> None:
        self.progress = Progress()
        self._framing = framing
        self._begun = False
        self._open: dict[int, bool] = {}
        self._calls: set[str] = set()

    def event(self, data: bytes) -> None:
        if not data:
            return
        try:
            chunk = _chunk(data)
        except FAULTS:
            self.progress.pieces += pieces_in_bytes(data)
            return
        finally:
            self._begun = True
        self._take(chunk)

    def whole(self, body: bytes) -> None:
        try:
            chunk = _chunk(body)
        except FAULTS:
            return
        self._take(chunk)
        self.progress.ended = self.progress.counted

    def ending(self, reason: str) -> bytes:
        chunk = json.dumps(self._last(reason)).encode()
        if self._framing is Framing.EVENTS:
            return b"data: " + chunk + b"\r\n\r\n"
        return (b",\r\n" if self._begun else b"[") + chunk + b"\r\n]"

    def _last(self, reason: str) -> dict[str, object]:
        """An answer with ``reason`` in every candidate that is open."""
        now, output = self.progress, self.progress.usage.output + self.progress.pieces
        content = {"role": "model", "parts": [{"text": reason}]}
        usage = {
            "promptTokenCount": now.usage.prompt,
            "candidatesTokenCount": output,
            "totalTokenCount": now.usage.prompt + output,
        }
        return {
            "candidates": [
                {"content": content, "finishReason": "STOP", "index": at}
                for at in self._last_open()
            ],
            "usageMetadata": usage,
            "modelVersion": now.model,
            "responseId": now.message,
        }

    def _last_open(self) -> list[int]:
        return sorted(at for at, is_open in self._open.items() if is_open)[:_MOST_CANDIDATES] or [0]

    def _take(self, chunk: _Chunk) -> None:
        now = self.progress
        now.message, now.model = chunk.response_id or now.message, chunk.model_version or now.model
        for candidate in chunk.candidates or ():
            self._candidate(candidate)
        if chunk.prompt_feedback is not None and chunk.prompt_feedback.block_reason:
            now.stop = chunk.prompt_feedback.block_reason
        if chunk.usage_metadata is not None:
            self._count(chunk.usage_metadata)
        now.ended = now.counted and now.stop != "" and not any(self._open.values())

    def _candidate(self, candidate: _Candidate) -> None:
        at, now = candidate.index or 0, self.progress
        parts = candidate.content.parts if candidate.content else None
        for part in parts or ():
            self._open.setdefault(at, True)
            self._write(part)
        if candidate.grounding_metadata is not None:
            queries = candidate.grounding_metadata.web_search_queries or ()
            now.searches = max(now.searches, len(queries))
        if candidate.finish_reason:
            now.stop = candidate.finish_reason
            self._open[at] = False

    def _write(self, part: _Part) -> None:
        pieces = pieces_in(part.text or "")
        if part.function_call is not None:
            call = part.function_call
            pieces += pieces_in(call.name or "") + pieces_in_bytes(bytes(call.args))
            if call.id and call.id not in self._calls:
                self._calls.add(call.id)
                self.progress.calls.append(call.id)
        if part.executable_code != NOTHING:
            pieces += pieces_in_bytes(bytes(part.executable_code))
        self.progress.pieces += pieces

    def _count(self, told: _Usage) -> None:
        now = self.progress
        now.usage = grown(now.usage, _tokens(told))
        now.processing = processing_of(told.service_tier) or now.processing
        now.counted = now.counted or told.prompt_token_count is not None
        if told.candidates_token_count is not None:
            now.pieces = 0


def _tokens(told: _Usage) -> Usage:
    """What is in the total and in nothing else are thoughts."""
    prompt = (told.prompt_token_count or 0) + (told.tool_use_prompt_token_count or 0)
    written = (told.candidates_token_count or 0) + (told.thoughts_token_count or 0)
    output = max(written, (told.total_token_count or 0) - prompt)
    return usage_of(prompt, output, told.cached_content_token_count or 0)
