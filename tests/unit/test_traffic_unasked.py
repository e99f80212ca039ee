"""A count that the client did not ask for is asked for, and not shown to it."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from remit.codec.traffic.unasked import USAGE, Unasked, with_added

WORDS = b'data: {"choices": [{"index": 0, "delta": {"content": "a"}}], "usage": null}\n\n'
FILTER = b'data: {"choices": [], "prompt_filter_results": []}\n\n'
LAST = b'data: {"choices": [{"index": 0, "delta": {}}], "usage": {"prompt_tokens": 1}}\r\n\r\n'
DONE = b": note\n\ndata: [DONE]\n\n"
BLANK = b"\r\ndata: {}\n\n"
COUNT = b'data: {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}}\n\n'
SPACE = st.text(alphabet=" \t\r\n", max_size=3)


def test_a_line_end_that_comes_in_two_halves_is_not_lost() -> None:
    rest = Unasked()
    assert rest.feed(LAST[:-1]) + rest.feed(LAST[-1:] + COUNT + DONE) == LAST + DONE


@given(st.lists(st.sampled_from([WORDS, FILTER, LAST, DONE, BLANK, COUNT])), st.data())
def test_everything_passes_but_the_count(events: list[bytes], data: st.DataObject) -> None:
    stream, rest = b"".join(events), Unasked()
    shown = b""
    while stream:
        at = data.draw(st.integers(1, len(stream)))
        shown += rest.feed(stream[:at])
        stream = stream[at:]
    assert shown == b"".join(event for event in events if event is not COUNT)


@given(
    st.dictionaries(st.text(max_size=4), st.text(alphabet='{}"\\a', max_size=5), min_size=1),
    SPACE,
    SPACE,
)
def test_a_body_asks_for_the_count_and_is_otherwise_as_it_was(
    fields: dict[str, str], within: str, after: str
) -> None:
    body = (json.dumps(fields)[:-1] + within + "}" + after).encode()
    asked = json.loads(with_added(body, USAGE))
    assert asked == {**fields, "stream_options": {"include_usage": True}}
    assert with_added(body, b"") is body
