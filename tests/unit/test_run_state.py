"""The state of a run is a fold: it grows cheaply and never changes what was."""

from __future__ import annotations

from remit.model import events as e
from remit.model.decision import Outcome
from remit.model.digest import Digest
from remit.model.run import apply, replay
from remit.model.state import CallSet, Phase

NOTHING = Digest("sha256:" + "0" * 64)


def asked(call: str) -> e.ToolRequested:
    return e.ToolRequested(call, "Bash", "agent", "/", {}, NOTHING, ())


def opened() -> e.RunOpened:
    return e.RunOpened("/tree", "r", "main", "0" * 40, (), "0")


def test_a_call_set_keeps_what_it_was() -> None:
    small = CallSet().with_call("a")
    large = small.with_call("b")
    other = small.with_call("c")

    assert "a" in small
    assert "b" not in small
    assert "b" in large
    assert "c" not in large
    assert "c" in other
    assert "b" not in other


def test_a_state_is_the_same_however_often_it_is_grown_from() -> None:
    base = replay([opened(), asked("one")])
    first, second = apply(base, asked("two")), apply(base, asked("three"))

    assert "two" in first.seen_calls
    assert "two" not in second.seen_calls
    assert "three" not in base.seen_calls


def test_a_stopped_run_does_not_open_again() -> None:
    stopped = e.RunStopped(e.StopTrigger.ZONE, "m", (), ())
    state = replay([opened(), stopped, e.DecisionMade("x", Outcome.ALLOW, ())])

    assert state.phase is Phase.STOPPED


def test_nothing_is_in_flight_once_the_agent_is_gone() -> None:
    state = replay(
        [opened(), asked("x"), e.DecisionMade("x", Outcome.ALLOW, ()), e.AgentExited(0, None, 0)]
    )

    assert state.phase is Phase.ENDED
    assert not state.in_flight
