"""Google's generateContent, as Gemini CLI speaks it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

import msgspec

from remit.codec.traffic.gemini_answer import ContentReader
from remit.codec.traffic.shapes import FAULTS, NOTHING, Count, processing_of
from remit.model.digest import digest_of
from remit.model.traffic import Asked, Caching, Framing, ToolResult

_PATH = re.compile(r"/models/([\w.@-]+):(streamG|g)enerateContent")
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
    most_too: Count | None = msgspec.field(default=None, name="max_output_tokens")
    count_too: Count | None = msgspec.field(default=None, name="candidate_count")


class _Request(msgspec.Struct, gc=False, rename="camel"):
    """The provider takes each name in either of two ways to write it."""

    contents: list[_Turn] | _Turn
    generation_config: _Config | None = None
    system_instruction: msgspec.Raw = NOTHING
    tools: msgspec.Raw = NOTHING
    cached_content: str | None = None
    service_tier: str | None = None
    config_too: _Config | None = msgspec.field(default=None, name="generation_config")
    system_too: msgspec.Raw = msgspec.field(default=NOTHING, name="system_instruction")
    cached_too: str | None = msgspec.field(default=None, name="cached_content")
    tier_too: str | None = msgspec.field(default=None, name="service_tier")


class _Failure(msgspec.Struct, gc=False):
    error: msgspec.Raw = NOTHING


_request = msgspec.json.Decoder(_Request).decode
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
            _most_output(request),
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


def _most_output(request: _Request) -> int | None:
    """Thoughts are within the limit; each candidate has its own."""
    told = [one for one in (request.generation_config, request.config_too) if one is not None]
    limits = [one for config in told for one in (config.max_output_tokens, config.most_too)]
    counts = [one or 1 for config in told for one in (config.candidate_count, config.count_too)]
    known = [one for one in limits if one is not None]
    return max(known) * max(1, *counts) if known else None


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
