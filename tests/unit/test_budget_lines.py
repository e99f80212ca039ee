"""A limit is warned of once, when it passes its soft line."""

from __future__ import annotations

from remit.model.budget_events import BudgetWarned
from remit.model.contract import Budget
from remit.model.run import replay
from remit.policy.budget_lines import newly_near

BUDGET = Budget(time_s=100, calls=10, files_inspected=5, subagents=0, soft_percent=80)


def test_below_the_soft_line_nothing_is_warned_of() -> None:
    assert newly_near(BUDGET, {}, {"time": 79, "calls": 7, "files": 3}, {}) == ()


def test_at_the_soft_line_each_limit_is_warned_of() -> None:
    near = newly_near(BUDGET, {}, {"time": 80, "calls": 8, "files": 3}, {})

    assert near == (BudgetWarned("time", 80, 100), BudgetWarned("calls", 8, 10))


def test_a_limit_is_warned_of_once_for_each_line() -> None:
    state = replay([BudgetWarned("calls", 8, 10)])

    assert newly_near(BUDGET, {}, {"calls": 9}, state.warned) == ()
    assert newly_near(BUDGET, {"calls": 10}, {"calls": 9}, state.warned) == ()
    later = newly_near(BUDGET, {"calls": 10}, {"calls": 16}, state.warned)
    assert later == (BudgetWarned("calls", 16, 20),)


def test_what_is_not_limited_or_not_used_is_not_warned_of() -> None:
    assert newly_near(BUDGET, {}, {"patch_lines": 1000, "subagents": 0}, {}) == ()
