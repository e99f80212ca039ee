"""What Claude Code sends as telemetry: OTLP log records as JSON, of which the requests to its
model are read.

Everything else is skipped without being built, the words of prompts and answers among it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from remit.codec.transcripts.sink import MOST_TOKENS
from remit.model.claimed_events import ClaimedAnswer

_EVENT = "claude_code.api_request"
_MOST_MICRO_USD = 10**12
_SHOWN = 100
"""Characters of an id or a name that are kept: an entry has room for a hundred such answers."""


class _Value(msgspec.Struct, gc=False):
    """Whole numbers come as numbers or, as the format wants them, as text."""

    stringValue: str | None = None
    intValue: int | str | None = None
    doubleValue: float | None = None


class _Attribute(msgspec.Struct, gc=False):
    key: str
    value: _Value = msgspec.field(default_factory=_Value)


class _Record(msgspec.Struct, gc=False):
    body: _Value = msgspec.field(default_factory=_Value)
    timeUnixNano: str | int = ""
    attributes: list[_Attribute] = []


class _Scope(msgspec.Struct, gc=False):
    logRecords: list[_Record] = []


class _Resource(msgspec.Struct, gc=False):
    scopeLogs: list[_Scope] = []


class _Export(msgspec.Struct, gc=False):
    resourceLogs: list[_Resource]


_export = msgspec.json.Decoder(_Export).decode


class Sent(NamedTuple):
    """What one message told: its answers, and how many of its records make no sense."""

    answers: tuple[ClaimedAnswer, ...]
    unreadable: int


def read_telemetry(body: bytes) -> Sent:
    """The answers in an export of log records. ValueError where it is none."""
    try:
        export = _export(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"no OTLP log records as JSON ({error})"[:_SHOWN]) from None
    found, unreadable = [], 0
    for record in _requests(export):
        try:
            found.append(_answer(record))
        except ValueError:
            unreadable += 1
    return Sent(tuple(found), unreadable)


def _requests(export: _Export) -> Iterator[_Record]:
    for resource in export.resourceLogs:
        for scope in resource.scopeLogs:
            yield from (one for one in scope.logRecords if one.body.stringValue == _EVENT)


def _answer(record: _Record) -> ClaimedAnswer:
    """What the split of cache writes does not cover was written for five minutes."""
    told = {one.key: one.value for one in record.attributes}
    written = _count(told, "cache_creation_tokens")
    hour = min(written, _count(told, "cache_creation_1h_tokens"))
    request = _text(told, "request_id")
    return ClaimedAnswer(
        request or f"{record.timeUnixNano}/{_count(told, 'event.sequence')}"[:_SHOWN],
        request,
        _text(told, "model"),
        _count(told, "input_tokens"),
        _count(told, "output_tokens"),
        written - hour,
        hour,
        _count(told, "cache_read_tokens"),
        _money(told),
    )


def _text(told: dict[str, _Value], name: str) -> str:
    return (told.get(name, _Value()).stringValue or "")[:_SHOWN]


def _count(told: dict[str, _Value], name: str) -> int:
    return _whole(told.get(name, _Value()).intValue, MOST_TOKENS)


def _money(told: dict[str, _Value]) -> int:
    """Micro-dollars, exactly where they are told so."""
    micro = told.get("cost_usd_micros", _Value()).intValue
    if micro is not None:
        return _whole(micro, _MOST_MICRO_USD)
    return micro_dollars(told.get("cost_usd", _Value()).doubleValue or 0.0)


def _whole(value: int | str | None, most: int) -> int:
    """ValueError for what is no count. Text of a number that could be is short."""
    if isinstance(value, str):
        value = int(value) if value.isdecimal() and len(value) < 20 else -1
    if value is None:
        return 0
    if not 0 <= value <= most:
        raise ValueError("no count")
    return value


def micro_dollars(dollars: float) -> int:
    """ValueError for what nothing costs."""
    if not 0 <= dollars * 1e6 <= _MOST_MICRO_USD:
        raise ValueError("no price")
    return round(dollars * 1e6)
