"""What holds of every dialect: pieces do not change a count, nothing hostile fails, and no tokens
are taken back."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from traffic_answers import DIALECTS, STREAMS, events_of, read, read_bytes, reader_of, stream_of

from remit.codec.traffic.dialect import AnswerReader
from remit.model.traffic import Framing

NAMES = st.sampled_from(sorted(DIALECTS))
_KEYS = """type index delta item response usage choices message messages content parts text
    candidates usageMetadata promptTokenCount candidatesTokenCount thoughtsTokenCount
    totalTokenCount cachedContentTokenCount finishReason finish_reason functionCall args
    id call_id output input arguments name tool_calls function prompt_tokens
    completion_tokens total_tokens input_tokens output_tokens cached_tokens
    prompt_tokens_details input_tokens_details sequence_number output_index created
    created_at model status service_tier promptFeedback blockReason stream contents input
    tools system instructions role tool_call_id functionResponse error"""
KEYS = st.sampled_from(_KEYS.split())
"""The words of all dialects, so that hostile values come to places that are looked at."""
_KINDS = """response.created response.completed response.failed response.output_text.delta
    response.output_item.added response.output_item.done message_start message_delta function_call
    web_search_call content_block_delta message_stop STOP stop [DONE]"""
KINDS = st.sampled_from(_KINDS.split())
COUNTS = st.sampled_from([0, 1, 7, -1, 10**9, 10**9 + 1, 2**63, 1.5, 1e308, True])
VALUES = st.recursive(
    st.none() | COUNTS | KINDS | st.text(alphabet='a"\\{}[]\x00\n\ud800', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=7)


def told(reader: AnswerReader) -> int:
    return reader.progress.usage.total + reader.progress.pieces


@given(st.sampled_from(STREAMS), st.data())
def test_any_split_of_the_bytes_counts_the_same(case: dict[str, Any], data: st.DataObject) -> None:
    events = events_of(case)
    stream = stream_of(case, events)
    places = data.draw(st.lists(st.integers(0, len(stream)), max_size=20))
    cuts = [0, *sorted(places), len(stream)]
    pieces = [stream[at:end] for at, end in pairwise(cuts)]
    assert read_bytes(case, pieces).progress == read(case, events).progress


@given(NAMES, st.lists(OBJECTS | st.just({"type": "response.completed"}), max_size=8))
def test_nothing_hostile_fails_or_takes_tokens_back(
    name: str, events: list[dict[str, object]]
) -> None:
    case = {"dialect": name}
    reader, whole = reader_of(case), reader_of({"dialect": name, "whole": True})
    for event in events:
        before, data = reader.progress.usage, json.dumps(event).encode()
        reader.event(data)
        whole.whole(data)
        now = reader.progress.usage
        assert min(now) >= 0
        assert now.prompt >= before.prompt
        assert now.output >= before.output
        assert reader.progress.pieces >= 0
        assert b"because" in reader.ending("because")


@given(NAMES, st.binary(max_size=120) | OBJECTS.map(lambda value: json.dumps(value).encode()))
def test_no_bytes_make_a_reader_or_a_request_fail(name: str, data: bytes) -> None:
    reader = reader_of({"dialect": name})
    reader.event(data)
    reader.whole(data)
    try:
        asked = DIALECTS[name].asked("/v1/models/m:generateContent?alt=sse", data)
    except ValueError:
        return
    assert asked.framing is Framing.EVENTS
    assert asked.model or name == "anthropic-messages"


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize(
    "data",
    [
        b'{"delta": 7, "choices": 7, "candidates": 7, "words": "one two three"}',
        b'{"delta": {"text": "one two three \xff\xfe"}, "choices": 1, "candidates": 1}',
        b'{"usage": {"input_tokens": -1, "prompt_tokens": -1, "output_tokens": -1}, "response": 1,'
        b' "usageMetadata": {"promptTokenCount": -1}, "x": "one two three"}',
        b'{"usage": 1e40, "response": 1e40, "usageMetadata": 1e40, "x": "one two three"}',
        b"[" * 5000 + b'"one two three"' + b"]" * 5000,
        b'{"item": ' * 5000 + b'"one two three"' + b"}" * 5000,
        b"not JSON: one two three",
        b'{"type": "response.output_text.delta", "delta": "one\x00two three", "choices": []}',
    ],
    ids=lambda data: repr(data[:24]),
)
def test_what_cannot_be_read_counts_as_written(name: str, data: bytes) -> None:
    reader = reader_of({"dialect": name})
    reader.event(data)
    assert told(reader) >= 3
