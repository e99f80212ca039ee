"""Which answer ends a client: a call is deferred only where it is all that its agent waits for."""

from __future__ import annotations

from remit.model.ids import CallId
from remit.model.request import AGENT, Actor, ToolCall
from remit.model.signals import BatchFinished, CallRequested, SubagentMoved
from remit.services.pausing import Turn


def _call(name: str, actor: Actor = AGENT) -> ToolCall:
    return ToolCall(CallId(name), "Bash", {}, "/", actor)


def _turn(*calls: ToolCall) -> Turn:
    turn = Turn()
    for call in calls:
        turn.see(CallRequested("s", call))
    return turn


def test_a_call_of_its_own_turn_is_alone() -> None:
    assert _turn(_call("a")).is_alone(_call("a"))


def test_another_call_before_it_is_uncertain() -> None:
    assert not _turn(_call("b"), _call("a")).is_alone(_call("a"))


def test_what_an_earlier_batch_finished_does_not_count() -> None:
    turn = _turn(_call("b"))
    turn.see(BatchFinished("s", ("b",), AGENT))
    turn.see(CallRequested("s", _call("a")))
    assert turn.is_alone(_call("a"))


def test_a_subagent_at_work_is_uncertain() -> None:
    turn = _turn(_call("a"))
    turn.see(SubagentMoved("s", "one", "general", True))
    assert not turn.is_alone(_call("a"))
    turn.see(SubagentMoved("s", "one", "general", False))
    assert turn.is_alone(_call("a"))


def test_a_subagents_call_is_never_deferred() -> None:
    call = _call("a", Actor("agent:one"))
    assert not _turn(call).is_alone(call)
