"""Google's generateContent, as Gemini CLI speaks it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

import msgspec

from remit.codec.traffic.pieces import pieces_in, pieces_in_bytes
from remit.codec.traffic.shapes import FAULTS, NOTHING, Count, grown, processing_of, usage_of
from remit.model.digest import digest_of
from remit.model.traffic import Asked, Caching, Framing, Progress, ToolResult
from remit.model.usage import Usage

_PATH = re.compile(r"/models/([\w.@-]+):(streamG|g)enerateContent")
_MOST_CANDIDATES = 8
_ALT = re.compile(r"(?:^|&)(?:\$|%24)?alt=([^&]*)", re.IGNORECASE)


class _Outcome(msgspec.Struct, gc=False):
    id: str | None = None
    response: msgspec.Raw = NOTHING


class _Said(msgspec.Struct, gc=False, rename="camel"):
    function_response: _Outcome | None = None


class _Turn(msgspec.Struct, gc=False):
    parts: list[_Said] | None = None


class _Config(msgspec.Struct, gc=False, rename="camel"):
    max_output_tokens: Count | None = None
    candidate_count: Count | None = None


class _Request(msgspec.Struct, gc=False, rename="camel"):
    """The provider takes each name in either of two ways to write it."""

    contents: list[_Turn] | _Turn
    generation_config: _Config | None = None
    system_instruction: msgspec.Raw = NOTHING
    tools: msgspec.Raw = NOTHING
    cached_content: str | None = None
    service_tier: str | None = None
    system_too: msgspec.Raw = msgspec.field(default=NOTHING, name="system_instruction")
    cached_too: str | None = msgspec.field(default=None, name="cached_content")
    tier_too: str | None = msgspec.field(default=None, name="service_tier")


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


class _Failure(msgspec.Struct, gc=False):
    error: msgspec.Raw = NOTHING


_request = msgspec.json.Decoder(_Request).decode
_chunk = msgspec.json.Decoder(_Chunk).decode
_failure = msgspec.json.Decoder(_Failure).decode


class Gemini:
    """The dialect of ``POST …/models/X:generateContent`` and ``:streamGenerateContent``."""

    name = "gemini"

    def reads(self, path: str) -> bool:
        found = _PATH.search(path)
        return found is not None and found.end() == len(path)

    def asked(self, path: str, body: bytes) -> Asked:
        plain, _, query = path.partition("?")
        found = _PATH.search(plain)
        if found is None:
            raise ValueError("no request of the Gemini API: its path names no model")
        try:
            request = _request(body)
        except FAULTS as error:
            raise ValueError(f"no request of the Gemini API: {error}") from None
        if request.cached_content or request.cached_too:
            raise ValueError("cachedContent is kept by the provider: nobody can tell its size")
        return Asked(
            self.name,
            found[1],
            len(body),
            found[2] == "streamG",
            _most_output(request.generation_config or _Config()),
            Caching.NONE,
            digest_of(_system(request)),
            digest_of(bytes(request.tools)),
            tuple(_results(request.contents)),
            _framing(query),
            processing_of(request.service_tier or request.tier_too),
        )

    def reader(self, asked: Asked) -> ContentReader:
        return ContentReader(asked.framing)

    def refusal(self, message: str) -> bytes:
        error = {"code": 402, "message": message, "status": "FAILED_PRECONDITION"}
        return json.dumps({"error": error}).encode()


def _system(request: _Request) -> bytes:
    told = (request.system_instruction, request.system_too)
    return next((bytes(one) for one in told if one != NOTHING), b"")


def _most_output(config: _Config) -> int | None:
    """Thoughts are within the limit; each candidate has its own."""
    if config.max_output_tokens is None:
        return None
    return config.max_output_tokens * max(1, config.candidate_count or 1)


def _framing(query: str) -> Framing:
    match set(_ALT.findall(query)):
        case told if told <= {"json"}:
            return Framing.LIST
        case told if told == {"sse"}:
            return Framing.EVENTS
        case told:
            raise ValueError(f"nobody can read an answer as alt={sorted(told)[0]}: ask for alt=sse")


def _results(contents: list[_Turn] | _Turn) -> Iterable[ToolResult]:
    for turn in contents if isinstance(contents, list) else [contents]:
        for part in turn.parts or ():
            outcome = part.function_response
            if outcome is not None and outcome.id:
                yield ToolResult(outcome.id, _failed(outcome.response))


def _failed(response: msgspec.Raw) -> bool:
    """A call that went wrong has an ``error`` in its response, and no output."""
    try:
        return _failure(response).error != NOTHING
    except FAULTS:
        return False


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
