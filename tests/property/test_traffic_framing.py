"""An answer gives the same events in whatever pieces it comes, and nothing in it raises."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.codec.traffic import framing
from remit.codec.traffic.anthropic import Anthropic, MessageReader
from remit.codec.traffic.framing import EventSplitter, ListSplitter, Splitter
from remit.model.traffic import Progress

LINE_ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
COUNTS = st.integers(0, 10**9)
TEXT = st.text(max_size=30)
WRITTEN = (
    st.builds(lambda t: {"type": "text_delta", "text": t}, TEXT)
    | st.builds(lambda t: {"type": "thinking_delta", "thinking": t}, TEXT)
    | st.builds(lambda t: {"type": "input_json_delta", "partial_json": t}, TEXT)
)
EVENTS = st.lists(
    st.builds(lambda d: {"type": "content_block_delta", "index": 0, "delta": d}, WRITTEN)
    | st.builds(lambda i: {"type": "content_block_stop", "index": i}, st.integers(0, 5))
    | st.builds(
        lambda i, n: {
            "type": "content_block_start",
            "index": i,
            "content_block": {"type": "tool_use", "id": n, "input": {}},
        },
        st.integers(0, 5),
        st.text(min_size=1, max_size=5),
    )
    | st.builds(
        lambda n: {"type": "message_delta", "delta": {}, "usage": {"output_tokens": n}}, COUNTS
    )
    | st.builds(
        lambda n: {
            "type": "message_start",
            "message": {"id": "m", "model": "c", "usage": {"input_tokens": n}},
        },
        COUNTS,
    )
    | st.just({"type": "message_stop"})
    | st.just({"type": "ping"}),
    max_size=8,
)


def cuts(data: bytes, places: list[int]) -> Iterator[bytes]:
    at = 0
    for place in sorted({min(place, len(data)) for place in places}):
        yield data[at:place]
        at = place
    yield data[at:]


def split(splitter: Splitter, data: bytes, places: list[int]) -> list[bytes]:
    """The data of each event; where each ends has to be in its piece."""
    found = []
    for piece in cuts(data, places):
        for end, event in splitter.feed(piece):
            assert 0 <= end <= len(piece)
            found.append(event)
    return [event for event in found if event]


def sent(event: object, draw: st.DataObject) -> bytes:
    """One event as a server may write it: with comments, without a name, over several lines."""
    ends = draw.draw(LINE_ENDS)
    indent = draw.draw(st.sampled_from([None, 1]))
    lines = [b"data:" + line.encode() for line in json.dumps(event, indent=indent).split("\n")]
    before = draw.draw(
        st.sampled_from([[], [b"event: x"], [b": comment"], [b"id: 7", b"retry: 1"]])
    )
    return b"".join(line + ends for line in [*before, *lines, b""])


@given(EVENTS, st.data(), st.booleans())
def test_events_split_anywhere_give_the_same_progress(
    events: list[object], data: st.DataObject, marked: bool
) -> None:
    stream = b"\xef\xbb\xbf" * marked + b"".join(sent(event, data) for event in events)
    places = data.draw(st.lists(st.integers(0, len(stream)), max_size=20))
    plain, pieced = MessageReader(), MessageReader()
    for event in events:
        plain.event(json.dumps(event).encode())
    for event in split(EventSplitter(), stream, places):
        pieced.event(event)
    assert pieced.progress == plain.progress


@given(EVENTS, st.data())
def test_events_split_at_every_byte_are_the_same(events: list[object], data: st.DataObject) -> None:
    stream = b"".join(sent(event, data) for event in events)
    found = split(EventSplitter(), stream, list(range(len(stream))))
    assert [json.loads(event) for event in found] == events


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='a"\\{}[]\n', max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(
    st.lists(st.dictionaries(TEXT, VALUES, max_size=4), max_size=5),
    st.data(),
    st.sampled_from([None, 2]),
    st.booleans(),
)
def test_a_list_split_anywhere_gives_its_objects(
    objects: list[object], data: st.DataObject, indent: int | None, ascii_only: bool
) -> None:
    stream = json.dumps(objects, indent=indent, ensure_ascii=ascii_only).encode(
        "utf-8", "surrogatepass"
    )
    places = data.draw(st.lists(st.integers(0, len(stream)), max_size=20))
    for at in (places, list(range(len(stream)))):
        assert [json.loads(event) for event in split(ListSplitter(), stream, at)] == objects


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_no_bytes_make_a_splitter_fail(pieces: list[bytes]) -> None:
    for splitter in (EventSplitter(), ListSplitter()):
        for piece in pieces:
            assert all(0 <= end <= len(piece) for end, _ in splitter.feed(piece))


@pytest.mark.parametrize("splitter", [EventSplitter(), ListSplitter()])
def test_an_event_that_never_ends_is_refused(
    splitter: Splitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(framing, "MOST", 4096)
    with pytest.raises(ValueError, match="too long"):
        for _ in range(100):
            list(splitter.feed(b'[{"data: ' + b"x" * 100))


KEYS = st.sampled_from(
    [
        *("type", "index", "message", "content_block", "delta", "usage", "id", "model", "content"),
        *("text", "thinking", "partial_json", "stop_reason", "input_tokens", "output_tokens"),
        *("cache_creation", "cache_read_input_tokens", "cache_creation_input_tokens"),
        *("ephemeral_1h_input_tokens", "server_tool_use", "web_search_requests"),
    ]
)
TYPES = st.sampled_from(
    ["message_start", "message_delta", "message_stop", "content_block_delta", "content_block_start"]
)
HOSTILE = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=5) | TYPES | st.just(-1),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)


def told(progress: Progress) -> int:
    return progress.usage.total + progress.pieces


@given(st.lists(st.tuples(TYPES, st.dictionaries(KEYS, HOSTILE, max_size=6)), max_size=8))
def test_nothing_hostile_fails_or_takes_tokens_back(
    events: list[tuple[str, dict[str, object]]],
) -> None:
    reader = MessageReader()
    for kind, fields in events:
        before = reader.progress.usage
        reader.event(json.dumps({**fields, "type": kind}).encode())
        now = reader.progress.usage
        assert min(now) >= 0
        assert now.prompt >= before.prompt
        assert now.output >= before.output
        assert reader.progress.pieces >= 0
    whole = MessageReader()
    whole.whole(json.dumps(events).encode())
    assert reader.ending("because")
    assert whole.progress.pieces >= 0


@given(st.binary(max_size=200))
def test_no_bytes_make_a_reader_or_a_request_fail(data: bytes) -> None:
    reader = MessageReader()
    reader.event(data)
    reader.whole(data)
    try:
        Anthropic().asked("/v1/messages", data)
    except ValueError:
        return
    assert json.loads(data)["model"]


@pytest.mark.parametrize(
    "data",
    [
        b'{"type": "content_block_delta", "delta": {"text": 7, "words": "one two three"}}',
        b'{"type": "content_block_delta", "delta": {"text": "one two three \xff\xfe"}}',
        b'{"type": "message_delta", "usage": {"output_tokens": -5}, "x": "one two three"}',
        b'{"type": "message_delta", "usage": {"output_tokens": 1e40}, "x": "one two three"}',
        b"[" * 5000 + b'"one two three"' + b"]" * 5000,
        b"not JSON: one two three",
    ],
)
def test_what_cannot_be_read_counts_as_written(data: bytes) -> None:
    reader = MessageReader()
    reader.event(data)
    assert told(reader.progress) >= 3
