"""Follows one answer of OpenAI's Responses."""

from __future__ import annotations

import msgspec

from remit.codec.traffic.pieces import pieces_in, pieces_in_bytes
from remit.codec.traffic.responses_ending import Open, response_ending
from remit.codec.traffic.shapes import (
    FAULTS,
    NOTHING,
    Count,
    grown,
    processing_of,
    usage_of,
)
from remit.model.traffic import Progress
from remit.model.usage import Usage


class _Text(msgspec.Struct, gc=False):
    text: str | None = None
    refusal: str | None = None


class _Item(msgspec.Struct, gc=False):
    """A part of an answer. What was written is in one of the last fields."""

    type: str | None = None
    id: str | None = None
    call_id: str | None = None
    name: str | None = None
    content: msgspec.Raw = NOTHING
    summary: msgspec.Raw = NOTHING
    arguments: msgspec.Raw = NOTHING
    input: msgspec.Raw = NOTHING
    action: msgspec.Raw = NOTHING
    operation: msgspec.Raw = NOTHING


class _Cached(msgspec.Struct, gc=False):
    cached_tokens: Count | None = None
    cache_write_tokens: Count | None = None


class _Usage(msgspec.Struct, gc=False):
    """``output_tokens`` contain those of reasoning, ``input_tokens`` those of the cache."""

    input_tokens: Count | None = None
    output_tokens: Count | None = None
    total_tokens: Count | None = None
    input_tokens_details: _Cached | None = None


class _Why(msgspec.Struct, gc=False):
    reason: str | None = None
    code: str | None = None


class _Response(msgspec.Struct, gc=False):
    id: str | None = None
    model: str | None = None
    status: str | None = None
    created_at: float | None = None
    service_tier: str | None = None
    usage: _Usage | None = None
    incomplete_details: _Why | None = None
    error: _Why | None = None
    output: msgspec.Raw = NOTHING


class _Event(msgspec.Struct, gc=False):
    type: str | None = None
    sequence_number: Count | None = None
    output_index: Count | None = None
    delta: str | None = None
    item: _Item | None = None
    response: _Response | None = None


_event = msgspec.json.Decoder(_Event).decode
_response = msgspec.json.Decoder(_Response).decode
_items = msgspec.json.Decoder(list[_Item] | None).decode
_said = msgspec.json.Decoder(str | list[_Text] | None).decode


class ResponseReader:
    """Follows one answer of the Responses API."""

    def __init__(self) -> None:
        self.progress = Progress()
        self._at = Open()
        self._counted: dict[int, int] = {}
        self._calls: set[str] = set()

    def event(self, data: bytes) -> None:
        try:
            event = _event(data)
        except FAULTS:
            self.progress.pieces += pieces_in_bytes(data)
            return
        self._at.number = max(self._at.number, (event.sequence_number or 0) + 1)
        kind, at = event.type or "", event.output_index or 0
        if event.delta is not None and kind.endswith(".delta"):
            self._write(at, max(1, pieces_in(event.delta)))
        elif event.item is not None:
            self._item(kind, at, event.item)
        elif event.response is not None:
            self._respond(kind, event.response)

    def whole(self, body: bytes) -> None:
        try:
            response = _response(body)
        except FAULTS:
            return
        self._finish(response)
        self.progress.ended = self.progress.counted

    def ending(self, reason: str) -> bytes:
        return response_ending(self.progress, self._at, reason)

    def _respond(self, kind: str, response: _Response) -> None:
        if kind in ("response.completed", "response.incomplete", "response.failed"):
            self._finish(response)
            self.progress.ended = True
        else:
            self._begin(response)

    def _begin(self, response: _Response) -> None:
        now = self.progress
        self._at.created = response.created_at or self._at.created or 0
        now.message, now.model = response.id or now.message, response.model or now.model
        now.processing = processing_of(response.service_tier) or now.processing

    def _finish(self, response: _Response) -> None:
        self._begin(response)
        self.progress.stop = _stop(response)
        searches = 0
        for at, item in enumerate(_output(response.output)):
            self._promise(item)
            self._write(at, max(0, _pieces(item) - self._counted.get(at, 0)))
            searches += item.type == "web_search_call"
        self.progress.searches = max(self.progress.searches, searches)
        if response.usage is not None:
            self._count(response.usage)

    def _count(self, told: _Usage) -> None:
        now = self.progress
        now.counted = now.counted or told.input_tokens is not None
        now.usage = grown(now.usage, _tokens(told))
        if told.output_tokens is not None:
            now.pieces = 0

    def _item(self, kind: str, at: int, item: _Item) -> None:
        """An item is told twice, when it begins and when it is whole; some providers send nothing
        of it between."""
        self._promise(item)
        self.progress.searches += item.type == "web_search_call" and at >= self._at.item
        self._at.item = max(self._at.item, at + 1)
        if kind == "response.output_item.added":
            named = {"id": item.id, "call_id": item.call_id, "name": item.name}
            self._at.items[at] = {"type": item.type or "", **{k: v for k, v in named.items() if v}}
        else:
            self._at.items.pop(at, None)
        self._write(at, max(0, _pieces(item) - self._counted.get(at, 0)))

    def _write(self, at: int, pieces: int) -> None:
        self._counted[at] = self._counted.get(at, 0) + pieces
        self.progress.pieces += pieces

    def _promise(self, item: _Item) -> None:
        if item.call_id and item.call_id not in self._calls:
            self._calls.add(item.call_id)
            self.progress.calls.append(item.call_id)


def _tokens(told: _Usage) -> Usage:
    """Gateways that leave reasoning out of the output have it in the total."""
    details = told.input_tokens_details or _Cached()
    read, wrote = told.input_tokens or 0, told.output_tokens or 0
    cached, written = details.cached_tokens or 0, details.cache_write_tokens or 0
    return usage_of(read, max(wrote, (told.total_tokens or 0) - read), cached, written)


def _stop(response: _Response) -> str:
    why = response.incomplete_details or response.error or _Why()
    return why.reason or why.code or response.status or ""


def _output(told: msgspec.Raw) -> list[_Item]:
    try:
        return _items(told) or []
    except FAULTS:
        return []


def _pieces(item: _Item) -> int:
    said = (item.content, item.summary, item.arguments, item.input, item.action, item.operation)
    return sum(_pieces_of(one) for one in said)


def _pieces_of(said: msgspec.Raw) -> int:
    """Text, parts with a text, or, where it is neither, all there is."""
    try:
        text = _said(said)
    except FAULTS:
        return pieces_in_bytes(bytes(said))
    if isinstance(text, list):
        return sum(pieces_in(part.text or part.refusal or "") for part in text)
    return pieces_in(text or "")
