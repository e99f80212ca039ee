"""Hook payloads: whatever arrives becomes a signal, and doubt is guarded."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.adapters.agents.claude_code.normalize import normalize
from remit.adapters.agents.claude_code.payloads import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_STRINGS,
    MAX_VALUES,
    PayloadFault,
    parse,
)
from remit.model import signals as s
from remit.model.json import Json

CALL = {
    "session_id": "s-1",
    "cwd": "/repo",
    "hook_event_name": "PreToolUse",
    "tool_name": "Bash",
    "tool_input": {"command": "ls"},
    "tool_use_id": "toolu_1",
}


def payload(**changes: Json) -> bytes:
    return json.dumps({**CALL, **changes}).encode()


def without(key: str) -> bytes:
    return json.dumps({name: value for name, value in CALL.items() if name != key}).encode()


def test_a_call_keeps_what_decisions_need() -> None:
    signal = normalize(payload())
    assert isinstance(signal, s.CallRequested)
    call = signal.call
    assert (call.id, call.tool, call.cwd, call.actor.name) == ("toolu_1", "Bash", "/repo", "agent")
    assert call.input == {"command": "ls"}


def test_a_subagent_is_known_by_its_id() -> None:
    signal = normalize(payload(agent_id="a1b2", agent_type="general-purpose"))
    assert isinstance(signal, s.CallRequested)
    assert signal.call.actor.name == "agent:a1b2"
    assert signal.call.actor.is_subagent


@pytest.mark.parametrize("key", ["session_id", "tool_name", "tool_input", "tool_use_id", "cwd"])
@pytest.mark.parametrize("value", [None, 7, [], True, "", "\n"])
def test_a_call_with_a_wrong_field_is_guarded(key: str, value: Json) -> None:
    for body in (without(key), payload(**{key: value})):
        signal = normalize(body)
        assert isinstance(signal, s.Unknown)
        assert signal.guarded
        assert key in signal.fault


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{", "not JSON"),
        (b'{"a": 1', "not JSON"),
        (b'{"a": 1]', "not JSON"),
        (b'{"a": \xff}', "not UTF-8"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a": {"b": 1, "b": 1}}', "twice"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "Infinity"),
        (b'{"a": "\x00"}', "not JSON"),
        (b'{"a": "unclosed', "not JSON"),
        (b"\x00", "not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", ""),
    ],
)
def test_what_is_not_a_payload_is_guarded(body: bytes, fault: str) -> None:
    signal = normalize(body)
    assert isinstance(signal, s.Unknown)
    assert signal.guarded
    assert fault in signal.fault


def nested(depth: int) -> bytes:
    return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)


def test_depth_is_limited_exactly() -> None:
    assert parse(nested(MAX_DEPTH))
    with pytest.raises(PayloadFault, match="deep"):
        parse(nested(MAX_DEPTH + 1))


def test_mixed_brackets_count_as_deep_as_they_are() -> None:
    deep = b'{"a":' + b'[{"a":' * 40 + b"1" + b"}]" * 40 + b"}"
    with pytest.raises(PayloadFault, match="deep"):
        parse(deep)


def test_the_number_of_values_is_limited_exactly() -> None:
    held = MAX_VALUES - 4  # the brackets of the object and the list; n values have n - 1 commas
    assert parse(b'{"a":[' + b"1," * held + b"1]}")
    with pytest.raises(PayloadFault, match="too many values"):
        parse(b'{"a":[' + b"1," * (held + 1) + b"1]}")


def test_the_number_of_strings_is_limited() -> None:
    many = b",".join(b'"%d":1' % n for n in range(MAX_STRINGS + 1))
    with pytest.raises(PayloadFault, match="too many strings"):
        parse(b"{" + many + b"}")


def test_a_big_file_full_of_quotes_and_commas_is_one_string() -> None:
    content = '{"a": [1, 2, "x"]},\n' * 100_000
    signal = normalize(payload(tool_name="Write", tool_input={"content": content}))
    assert isinstance(signal, s.CallRequested)
    assert signal.call.input == {"content": content}


def test_brackets_inside_strings_do_not_count() -> None:
    assert parse(json.dumps({"a": "[" * 1000 + '\\"{' * 1000}).encode())


def test_size_is_limited_exactly() -> None:
    head, tail = b'{"a":"', b'"}'
    fill = MAX_BYTES - len(head) - len(tail)
    assert parse(head + b"x" * fill + tail)
    with pytest.raises(PayloadFault, match="8 MiB"):
        parse(head + b"x" * (fill + 1) + tail)


@pytest.mark.parametrize(
    ("written", "kept"),
    [("1.50", "1.50"), ("1e400", "1e400"), ("-0.0", "-0.0"), ("7", 7), (str(2**53), str(2**53))],
)
def test_numbers_every_reader_may_see_differently_stay_text(written: str, kept: Json) -> None:
    body = payload().replace(b'"ls"', written.encode())
    signal = normalize(body)
    assert isinstance(signal, s.CallRequested)
    assert signal.call.input == {"command": kept}


@pytest.mark.parametrize("text", ["a\\u0000b", "\\ud800", "\\udfff\\ud800"])
def test_input_that_another_program_would_read_differently_is_guarded(text: str) -> None:
    signal = normalize(payload().replace(b'"ls"', f'"{text}"'.encode()))
    assert isinstance(signal, s.Unknown)
    assert signal.guarded


def test_the_same_in_a_result_is_only_made_visible() -> None:
    body = payload(hook_event_name="PostToolUse", tool_response={"stdout": "x"}, duration_ms=4)
    signal = normalize(body.replace(b'"x"', b'"a\\u0000\\ud800b"'))
    assert isinstance(signal, s.CallFinished)
    assert signal.response == {"stdout": "a\ufffd?b"}
    assert signal.duration_ms == 4


def test_a_failure_is_a_finished_call_that_is_not_ok() -> None:
    signal = normalize(payload(hook_event_name="PostToolUseFailure", error="Exit code 1"))
    assert isinstance(signal, s.CallFinished)
    assert (signal.ok, signal.response, signal.duration_ms) == (False, "Exit code 1", None)


@pytest.mark.parametrize("name", ["", "preToolUse", "FutureEvent", "PreModelSwitch", "\ud800"])
def test_an_unknown_event_is_kept_and_guarded(name: str) -> None:
    signal = normalize(json.dumps({"hook_event_name": name, "x": "\ud800"}).encode())
    assert isinstance(signal, s.Unknown)
    assert signal.guarded
    json.dumps(dict(signal.payload)).encode()


@pytest.mark.parametrize("name", ["PreCompact", "Notification", "MessageDisplay"])
def test_an_event_that_only_reports_is_kept_and_not_guarded(name: str) -> None:
    signal = normalize(json.dumps({"hook_event_name": name}).encode())
    assert signal == s.Unknown(name, {"hook_event_name": name}, "", guarded=False)


def test_a_malformed_end_of_turn_is_not_guarded_for_a_block_would_make_it_go_on() -> None:
    signal = normalize(b'{"hook_event_name": "Stop", "session_id": 7}')
    assert isinstance(signal, s.Unknown)
    assert not signal.guarded


def test_a_batch_names_its_calls() -> None:
    calls = [{"tool_use_id": "a"}, {"tool_use_id": "b", "more": 1}]
    body = json.dumps({"session_id": "s", "hook_event_name": "PostToolBatch", "tool_calls": calls})
    signal = normalize(body.encode())
    assert isinstance(signal, s.BatchFinished)
    assert signal.calls == ("a", "b")


@pytest.mark.parametrize("calls", [None, "x", [7], [{}], {"a": 1}])
def test_a_malformed_batch_is_guarded(calls: Json) -> None:
    body = {"session_id": "s", "hook_event_name": "PostToolBatch", "tool_calls": calls}
    signal = normalize(json.dumps(body).encode())
    assert isinstance(signal, s.Unknown)
    assert signal.guarded


FINITE = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
EVENTS = ["PreToolUse", "PostToolUse", "PostToolBatch", "UserPromptSubmit", "ConfigChange", "Stop"]


@given(st.sampled_from(EVENTS), st.dictionaries(st.sampled_from(list(CALL)), json_values))
def test_no_payload_crashes_and_none_loses_its_guard(event: str, fields: dict[str, Json]) -> None:
    signal = normalize(json.dumps({**CALL, **fields, "hook_event_name": event}).encode())
    if isinstance(signal, s.Unknown):
        assert signal.guarded == (event not in ("PostToolUse", "Stop"))
    if isinstance(signal, s.CallRequested):
        assert signal.call.cwd.startswith("/")
        json.dumps(signal.call.input).encode("utf-8")


@given(st.binary(max_size=200))
def test_no_bytes_crash(body: bytes) -> None:
    signal = normalize(body)
    assert isinstance(signal, s.Unknown)
    assert signal.guarded
