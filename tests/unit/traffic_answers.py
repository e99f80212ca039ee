"""The answers of ``tests/cases/traffic``, as a provider sends them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from remit.codec.traffic.dialect import AnswerReader
from remit.codec.traffic.framing import splitter
from remit.model.digest import digest_of
from remit.model.traffic import Asked, Caching, Framing
from remit.services.meter import DIALECTS as SPOKEN

DIALECTS = {dialect.name: dialect for dialect in SPOKEN}
_FILE = Path(__file__).parents[1] / "cases" / "traffic" / "answers.toml"
CASES: list[dict[str, Any]] = tomllib.loads(_FILE.read_text(encoding="utf-8"))["case"]
STREAMS = [case for case in CASES if not case.get("whole")]


def asked_for(case: dict[str, Any]) -> Asked:
    framing = Framing(case.get("framing", "events"))
    none, streams = digest_of(b""), not case.get("whole", False)
    return Asked(case["dialect"], "m", 1, streams, None, Caching.NONE, none, none, (), framing)


def events_of(case: dict[str, Any]) -> list[bytes]:
    return [line.encode() for line in case["events"].strip().splitlines()]


def reader_of(case: dict[str, Any]) -> AnswerReader:
    return DIALECTS[case["dialect"]].reader(asked_for(case))


def read(case: dict[str, Any], events: list[bytes]) -> AnswerReader:
    """What the reader knows after these events, or after the one piece."""
    reader = reader_of(case)
    for event in events:
        reader.whole(event) if case.get("whole") else reader.event(event)
    return reader


def stream_of(case: dict[str, Any], events: list[bytes]) -> bytes:
    """The bytes of a stream that is still open."""
    if case.get("framing") == "list":
        return b"[" + b",\r\n".join(events) if events else b""
    return b"".join(b"data: " + event + b"\n\n" for event in events)


def read_bytes(case: dict[str, Any], pieces: list[bytes]) -> AnswerReader:
    """What the reader knows of a stream that came in these pieces."""
    reader, events = reader_of(case), splitter(asked_for(case).framing)
    for piece in pieces:
        for _, event in events.feed(piece):
            reader.event(event)
    return reader
