"""A deadline counts from the opening of the run, whatever happens to the wall clock."""

from __future__ import annotations

import pytest

from remit.errors import UsageError
from remit.model.contract import Budget, Contract, Evidence, Scope
from remit.model.ids import RunId
from remit.model.state import Phase, RunState
from remit.services.deadline import SinceOpened, require_time

HOUR = 3_600


class Clocks:
    """Two clocks that a test sets: one on the wall, one that only goes on."""

    def __init__(self, wall_s: int) -> None:
        self.wall_s, self.ticked_s = wall_s, 0

    def since(self, opened_s: int, least_s: int) -> SinceOpened:
        return SinceOpened(
            opened_s * 1_000_000,
            least_s * 1_000_000,
            lambda: self.wall_s * 1_000_000,
            lambda: self.ticked_s * 1_000_000_000,
        )


def test_parked_time_counts() -> None:
    assert Clocks(5 * HOUR).since(HOUR, 2 * HOUR)() == 4 * HOUR


def test_a_clock_that_is_set_back_takes_nothing_away() -> None:
    clocks = Clocks(2 * HOUR)
    since = clocks.since(HOUR, HOUR)
    clocks.wall_s, clocks.ticked_s = 0, HOUR
    assert since() == 2 * HOUR


def test_a_clock_that_was_set_back_while_parked_stands_at_the_last_entry() -> None:
    clocks = Clocks(0)
    since = clocks.since(HOUR, 3 * HOUR)
    clocks.ticked_s = 60
    assert since() == 2 * HOUR + 60


def test_a_suspended_machine_does_not_stop_it() -> None:
    clocks = Clocks(HOUR)
    since = clocks.since(HOUR, HOUR)
    clocks.wall_s, clocks.ticked_s = 2 * HOUR, 10
    assert since() == HOUR


def test_a_parked_run_whose_deadline_is_past_is_not_gone_on_with_until_it_is_extended() -> None:
    budget = Budget(deadline_s=2 * HOUR)
    state = RunState(Phase.PARKED, Contract("g", Scope(), Evidence(), budget=budget))
    run = RunId("261124-aaaaaaaa")
    require_time(run, state, Clocks(2 * HOUR).since(HOUR, HOUR))
    late = Clocks(3 * HOUR).since(HOUR, HOUR)
    with pytest.raises(UsageError, match="deadline"):
        require_time(run, state, late)
    more = RunState(Phase.PARKED, state.contract, extended={"deadline": 60})
    require_time(run, more, late)
