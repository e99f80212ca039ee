"""The state of a run is a fold: it grows cheaply and never changes what was."""

from __future__ import annotations

from remit.model import events as e
from remit.model.decision import Outcome
from remit.model.digest import Digest
from remit.model.pause_events import PauseReason, RunParked, RunPaused, RunResumed
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


def _standing(*more: e.Event) -> list[e.Event]:
    beat = e.Heartbeat("SessionStart", "s")
    return [opened(), beat, asked("x"), RunPaused(PauseReason.UNANSWERED, "x", ("r-1",)), *more]


PARKED = RunParked("s", ("claude",), "0" * 40, NOTHING, 1)


def test_a_paused_run_parks_and_goes_on_with_nothing_believed_of_its_client() -> None:
    gone = e.AgentExited(0, None, 0)
    assert replay(_standing(gone)).phase is Phase.PAUSED
    assert replay(_standing(gone, PARKED)).phase is Phase.PARKED
    state = replay(_standing(gone, PARKED, RunResumed("Ada", "x")))
    assert state.phase is Phase.OPEN
    assert not state.heartbeat
    assert state.again == "x"


def test_a_call_may_be_asked_again_once() -> None:
    events = _standing(e.AgentExited(0, None, 0), PARKED, RunResumed("Ada", "x"))
    other = replay([*events, e.DecisionMade("y", Outcome.ALLOW, ())])
    assert other.again == "x"
    assert replay([*events, e.DecisionMade("x", Outcome.ASK, ())]).again == ""


def test_a_run_that_is_over_neither_parks_nor_goes_on() -> None:
    closed = e.RunClosed(e.Ending.KILLED, "")
    for late in (PARKED, RunResumed("Ada", "x"), RunPaused(PauseReason.UNANSWERED, "", ())):
        assert replay(_standing(closed, late)).phase is Phase.CLOSED
    assert replay([opened(), RunResumed("Ada", "x")]).again == ""
    assert replay([opened(), PARKED]).phase is Phase.OPEN
