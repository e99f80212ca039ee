"""What limits hold: each reason at its limit, and its twin just below."""

from __future__ import annotations

from dataclasses import replace

import pytest

from remit.model import events as e
from remit.model.contract import Budget, Contract, Evidence, Scope
from remit.model.decision import Decision, Outcome
from remit.model.digest import Digest
from remit.model.ids import CallId
from remit.model.request import AGENT, Actor, Request, ToolCall
from remit.model.run import replay
from remit.model.state import Phase, RunState
from remit.policy.effects import effects_of
from remit.policy.engine import decide

NOTHING = Digest("sha256:" + "0" * 64)


def contract(**limits: int) -> Contract:
    return Contract("g", Scope(("src/**",)), Evidence(none="no"), budget=Budget(**limits))


def asked(call: str, tool: str = "TodoWrite", actor: str = "agent") -> list[e.Event]:
    request = e.ToolRequested(call, tool, actor, "/tree", {}, NOTHING, ())
    return [request, e.DecisionMade(call, Outcome.ALLOW, ())]


def state(events: list[e.Event], **limits: int) -> RunState:
    opened = e.RunOpened("/tree", "r", "main", "0" * 40, (), "0")
    begun = replay([opened, e.Heartbeat("SessionStart", "s"), *events])
    return replace(begun, contract=contract(**limits))


def decided(at: RunState, tool: str = "TodoWrite", actor: Actor = AGENT) -> Decision:
    call = ToolCall(CallId("next"), tool, {}, "/tree", actor)
    return decide(Request(call, effects_of(call)), at)


def rules(decision: Decision) -> set[str]:
    return {reason.rule for reason in decision.reasons if reason.outcome is not Outcome.ALLOW}


def test_the_call_over_the_limit_stops() -> None:
    two = [*asked("a"), *asked("b")]
    assert decided(state(two, calls=3)).outcome is Outcome.ALLOW
    over = decided(state(two, calls=2))
    assert (over.outcome, rules(over)) == (Outcome.STOP, {"budget.calls"})


def test_what_a_person_added_counts() -> None:
    more = replace(state([*asked("a"), *asked("b")], calls=2), extended={"calls": 1})
    assert decided(more).outcome is Outcome.ALLOW


def test_a_call_that_is_asked_again_is_not_counted_twice() -> None:
    waited = replace(state(asked("next"), calls=1), again="next")
    assert decided(waited).outcome is Outcome.ALLOW


def test_what_is_left_to_a_stopped_run_is_not_counted() -> None:
    stopped = replace(state(asked("a"), calls=1), phase=Phase.STOPPED)
    assert decided(stopped).outcome is Outcome.ALLOW


def test_subagents_over_the_limit_are_denied_however_often() -> None:
    one = asked("a", "Agent")
    assert decided(state(one, subagents=2), "Agent").outcome is Outcome.ALLOW
    over = state(one, subagents=1)
    assert rules(decided(over, "Agent")) == {"budget.subagents"}
    tried = replace(over, denials={"Agent": 5})
    assert decided(tried, "Agent").outcome is Outcome.DENY
    assert decided(state([], subagents=0), "Task").outcome is Outcome.DENY


def test_a_subagent_that_nobody_asked_for_counts() -> None:
    started = [e.SubagentChanged("x", "general", True)]
    assert decided(state(started, subagents=1), "Agent").outcome is Outcome.DENY


NESTED = [
    *asked("a", "Agent"),
    e.SubagentChanged("one", "t", True),
    *asked("b", "Agent", "agent:one"),
    e.SubagentChanged("two", "t", True),
]


@pytest.mark.parametrize(
    ("actor", "depth"), [("agent", 0), ("agent:one", 1), ("agent:two", 2)], ids=str
)
def test_each_agent_starts_others_as_deep_as_the_limit_says(actor: str, depth: int) -> None:
    assert decided(state(NESTED, depth=depth + 1), "Agent", Actor(actor)).outcome is Outcome.ALLOW
    over = decided(state(NESTED, depth=depth), "Agent", Actor(actor))
    assert rules(over) == {"budget.depth"}


def test_an_agent_whose_depth_nobody_can_tell_starts_none() -> None:
    stranger = decided(state(NESTED, depth=9), "Agent", Actor("agent:three"))
    assert rules(stranger) == {"budget.depth"}
    assert decided(state(NESTED), "Agent", Actor("agent:three")).outcome is Outcome.ALLOW


def test_of_two_that_start_together_each_is_taken_for_the_deeper() -> None:
    both = [
        *asked("a", "Agent"),
        e.SubagentChanged("one", "t", True),
        *asked("b", "Agent"),
        *asked("c", "Agent", "agent:one"),
        e.SubagentChanged("x", "t", True),
        e.SubagentChanged("y", "t", True),
    ]
    depths = state(both).subagents.depths
    assert (depths["agent:x"], depths["agent:y"]) == (2, 2)
