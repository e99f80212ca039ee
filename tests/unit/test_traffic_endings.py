"""An answer that is ended anywhere is a whole one to its client, with the reason as its words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from client_shapes import CLIENTS
from traffic_answers import STREAMS, events_of, read, stream_of

REASON = '\n\n[Remit: the budget of this run, $1.00, does not cover "more" \u20ac]'
RECORDED = ("openai-responses", "openai-chat", "gemini", "gemini", "anthropic-messages")


def recorded() -> list[dict[str, Any]]:
    """Of each dialect and framing the first stream, as its provider sends it."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for case in STREAMS:
        found.setdefault((case["dialect"], case.get("framing", "events")), case)
    return list(found.values())


def places() -> list[tuple[dict[str, Any], int]]:
    """Every place between two events, from before the first to before the last."""
    return [(case, at) for case in recorded() for at in range(len(events_of(case)))]


@pytest.mark.parametrize(("case", "at"), places(), ids=lambda one: str(one)[:40])
def test_an_answer_ended_here_is_whole(case: dict[str, Any], at: int) -> None:
    events = events_of(case)[:at]
    reader = read(case, events)
    stream = stream_of(case, events) + reader.ending(REASON)
    assert CLIENTS[case["dialect"]](stream).endswith(REASON)


@pytest.mark.parametrize("case", recorded(), ids=lambda case: case["name"])
def test_twin_an_answer_that_ends_by_itself_is_whole(case: dict[str, Any]) -> None:
    end = b"]" if case.get("framing") == "list" else b""
    assert "Remit" not in CLIENTS[case["dialect"]](stream_of(case, events_of(case)) + end)


def test_every_framing_is_ended() -> None:
    assert sorted(case["dialect"] for case in recorded()) == sorted(RECORDED)


def test_every_choice_that_is_open_is_ended_and_no_other() -> None:
    case = next(one for one in STREAMS if "two answers" in one["name"])
    reader = read(case, events_of(case)[:4])
    ended = [json.loads(line[6:]) for line in reader.ending("because").split(b"\n\n")[:2]]
    assert [[one["index"] for one in chunk["choices"]] for chunk in ended] == [[1], [1]]


def test_what_was_written_so_far_is_told() -> None:
    for case in recorded():
        reader = read(case, events_of(case)[:-1])
        wrote = reader.progress.usage.output + reader.progress.pieces
        assert wrote > 0
        assert f": {wrote}".encode() in reader.ending("because"), case["name"]
