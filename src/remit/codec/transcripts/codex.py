"""Session records of Codex CLI ("rollouts"), one JSON object a line.

Usage comes after the calls of its answer, so calls and results wait for it. Newer clients write a
record of usage for each answer, named by its id; older ones only running totals, whose steps are
the answers: a total that is repeated is no answer. Input includes what was read from the cache.

A fork begins with a copy of its parent's records, under new times: an answer is named by what a
copy keeps, the running totals and the session that all of the family began with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, TypeAlias

import msgspec

from remit.codec.transcripts.arguments import asked_of
from remit.codec.transcripts.claude_code import KEPT
from remit.codec.transcripts.sink import MOST_TOKENS, Said, Sink
from remit.model.usage import Usage

MARK = b'"type":"session_meta"'
"""Stands in the first line of every rollout."""
_FAILED = re.compile(rb'code [1-9]\d{0,2}\b|"exit_code":\s*[1-9]|^"(?:unsupported |failed )')


_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=MOST_TOKENS)]


class _Tokens(msgspec.Struct, gc=False):
    input_tokens: _Count = 0
    cached_input_tokens: _Count = 0
    cache_write_input_tokens: _Count = 0
    output_tokens: _Count = 0


class _Total(msgspec.Struct, gc=False):
    """Of the session so far, in whole numbers of any size."""

    total_tokens: int = 0
    input_tokens: int = 0
    cached_input_tokens: int = 0

    @property
    def name(self) -> str:
        return f"total {self.total_tokens} {self.input_tokens} {self.cached_input_tokens}"


class _Info(msgspec.Struct, gc=False):
    total_token_usage: _Total | None = None
    last_token_usage: _Tokens | None = None


class _Payload(msgspec.Struct, gc=False):
    type: str | None = None
    id: str | None = None
    forked_from_id: str | None = None
    cwd: str | None = None
    model: str | None = None
    response_id: str | None = None
    thread_id: str | None = None
    usage: _Tokens | None = None
    info: _Info | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    input: str | None = None
    action: msgspec.Raw = msgspec.Raw(b"null")
    output: msgspec.Raw = msgspec.Raw(b'""')


class _Record(msgspec.Struct, gc=False):
    timestamp: str = ""
    type: str = ""
    payload: _Payload | None = None


_record = msgspec.json.Decoder(_Record).decode
_WANTED = (b'"session_meta"', b'"turn_context"', b'"token_', b'_call"', b'_call_output"')


class Codex:
    """Reads the lines of one file, block after block, into a sink. ``close`` at the end."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._line = 0
        self._session = self._family = self._model = ""
        self._by_answer = False
        self._total = 0
        self._waiting: list[tuple[int, _Payload]] = []

    def feed(self, block: bytearray, end: int) -> None:
        """Take the whole lines in ``block[:end]``. Nothing of the block is kept."""
        for record in self._records(bytes(block[:end])):
            payload = record.payload
            if payload is None:
                continue
            match record.type, payload.type:
                case "session_meta", _:
                    self._begin(payload)
                case "turn_context", _:
                    self._model = payload.model or self._model
                    self._sink.moved(payload.cwd or "")
                case "token_usage_record", _:
                    self._by_answer = True
                    self._said(record, payload.response_id or "", "", payload.usage)
                case "event_msg", "token_count":
                    self._counted(record, payload.info)
                case "response_item", _ if payload.call_id:
                    self._waiting.append((self._line, payload))

    def close(self) -> None:
        """Hand on what no usage came for: it belongs to the last answer there was."""
        self._hand_on()

    def _records(self, block: bytes) -> Iterator[_Record]:
        for line in block.split(b"\n")[:-1]:
            self._line += 1
            if not any(mark in line[:400] for mark in _WANTED):
                continue
            try:
                yield _record(line)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                self._sink.unreadable()

    def _begin(self, meta: _Payload) -> None:
        """The first is the session's own, what follows are copies: parent, its parent, and on."""
        if not self._session:
            self._session = meta.id or ""
            self._sink.belongs(self._session, meta.cwd or "")
        self._family = meta.forked_from_id or meta.id or ""

    def _counted(self, record: _Record, info: _Info | None) -> None:
        if self._by_answer or info is None or info.total_token_usage is None:
            return
        total = info.total_token_usage
        if total.total_tokens != self._total:
            self._total = total.total_tokens
            self._said(record, total.name, self._family, info.last_token_usage)

    def _said(self, record: _Record, name: str, family: str, tokens: _Tokens | None) -> None:
        """``family`` is "" where ``name`` alone tells the answer from every other one."""
        if tokens is None:
            return
        usage = _usage(tokens)
        self._sink.said(Said(name, family, record.timestamp, self._model, "", usage, "", ""))
        self._hand_on()

    def _hand_on(self) -> None:
        for line, payload in self._waiting:
            call, kind = payload.call_id or "", payload.type or ""
            if kind.endswith("_output"):
                content = bytes(memoryview(payload.output)[:KEPT])
                failed = _FAILED.search(content[:300]) is not None
                self._sink.answered(call, failed, content)
            else:
                self._sink.asked(asked_of(call, payload.name or kind, _given(payload)), line)
        self._waiting.clear()


def _given(payload: _Payload) -> bytes:
    """The arguments, which each kind of call keeps elsewhere."""
    if payload.arguments is not None:
        return payload.arguments.encode("utf-8", "replace")
    return msgspec.json.encode({"input": payload.input, "action": payload.action})


def _usage(tokens: _Tokens) -> Usage:
    cached, written = tokens.cached_input_tokens, tokens.cache_write_input_tokens
    fresh = max(tokens.input_tokens - cached - written, 0)
    return Usage(fresh, tokens.output_tokens, written, 0, cached)
