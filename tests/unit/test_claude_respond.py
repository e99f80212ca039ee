"""Answers: exact bytes, complete JSON, never an allow by accident."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.adapters.agents.claude_code import respond as r
from remit.model import signals as s
from remit.model.answer import Allow, Answer, Hold, Proceed, Refuse
from remit.model.decision import Decision, Outcome, Reason
from remit.model.ids import CallId
from remit.model.request import AGENT, ToolCall

CALL = s.CallRequested("s", ToolCall(CallId("t"), "Bash", {"command": "ls"}, "/repo"))
HELD = Decision(Outcome.DENY, (Reason("r", Outcome.DENY, "x", "no"),))
SIGNALS: list[s.Signal] = [
    CALL,
    s.SessionStarted("s", "startup"),
    s.PromptGiven("s", "go"),
    s.CallFinished("s", CALL.call, True, None, None),
    s.BatchFinished("s", (), AGENT),
    s.PermissionAsked("s", "Bash"),
    s.SubagentMoved("s", "a", "t", True),
    s.TurnEnded("s", "done"),
    s.ConfigurationTouched("s", "user_settings", "/x"),
    s.SessionEnded("s", "other"),
    s.Unknown("New", {}, "", guarded=True),
    s.Unknown("PreCompact", {}, "", guarded=False),
]
ANSWERS: list[Answer] = [Proceed(), Allow("ok"), Hold(HELD, "no"), Refuse("no")]


def test_each_answer_has_exactly_these_bytes() -> None:
    assert r.nothing() == b"{}"
    assert r.allow("in") == (
        b'{"hookSpecificOutput":{"hookEventName":"PreToolUse",'
        b'"permissionDecision":"allow","permissionDecisionReason":"in"}}'
    )
    assert r.deny("out") == (
        b'{"hookSpecificOutput":{"hookEventName":"PreToolUse",'
        b'"permissionDecision":"deny","permissionDecisionReason":"out"}}'
    )
    assert r.stop("end") == (
        b'{"hookSpecificOutput":{"hookEventName":"PreToolUse",'
        b'"permissionDecision":"deny","permissionDecisionReason":"end"},'
        b'"continue":false,"stopReason":"end"}'
    )
    assert r.block_prompt("no") == b'{"decision":"block","reason":"no"}'
    assert r.block_configuration("no") == b'{"decision":"block","reason":"no"}'
    assert r.block_unknown("no") == b'{"decision":"block","reason":"no"}'
    assert r.stop_batch("no") == (
        b'{"continue":false,"stopReason":"no","decision":"block","reason":"no"}'
    )
    assert r.end_turn("no") == b'{"continue":false,"stopReason":"no"}'
    assert r.decline_permission("no") == (
        b'{"hookSpecificOutput":{"hookEventName":"PermissionRequest",'
        b'"decision":{"behavior":"deny","message":"no"}}}'
    )


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: type(signal).__name__)
@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: type(answer).__name__)
def test_only_an_allow_of_a_call_allows(signal: s.Signal, answer: Answer) -> None:
    given_bytes = r.respond(signal, answer)
    value = json.loads(given_bytes)
    allows = b'"allow"' in given_bytes
    assert allows == (signal is CALL and isinstance(answer, Allow))
    if signal is CALL and not isinstance(answer, Allow):
        assert value["hookSpecificOutput"]["permissionDecision"] == "deny"
    if isinstance(answer, Refuse | Hold):
        assert value != {}


def test_a_permission_prompt_is_answered_with_no() -> None:
    value = json.loads(r.respond(s.PermissionAsked("s", "Bash"), Proceed()))
    assert value["hookSpecificOutput"]["decision"]["behavior"] == "deny"


@given(st.text(max_size=50) | st.integers(9_000, 30_000).map(lambda n: "😀" * n))
def test_texts_are_ascii_bounded_and_move_no_cursor(text: str) -> None:
    answer = r.deny(text)
    assert answer.isascii()
    reason = json.loads(answer)["hookSpecificOutput"]["permissionDecisionReason"]
    assert len(reason.encode("utf-16-le")) // 2 <= r.MAX_TEXT
    assert all(c in "\n\t" or c.isprintable() for c in reason)


def test_a_reason_cannot_pretend_to_be_an_answer() -> None:
    forged = r.allow('"permissionDecision":"deny"')
    assert b'"permissionDecision":"deny"' not in forged
