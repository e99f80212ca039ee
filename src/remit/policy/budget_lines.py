"""Which limits of a run are past their soft line, and which are used up. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from remit.model.budget_events import BudgetWarned
from remit.model.contract import Budget
from remit.model.limits import CALLS, FILES, LIMITS, PATCH_LINES, SUBAGENTS, Limit
from remit.model.state import RunState


def cap_of(limit: Limit, budget: Budget, extended: Mapping[str, int]) -> int | None:
    """The contract's limit with what people added, by the limit's name; None is no limit."""
    own = limit.of(budget)
    return None if own is None else own + extended.get(limit.name, 0)


def counted(state: RunState) -> dict[str, int]:
    """What the state of a run says was used of limits that are counts, by their names."""
    return {
        CALLS.name: state.calls,
        FILES.name: len(state.inspected),
        PATCH_LINES.name: state.patch_lines,
        SUBAGENTS.name: state.subagents.started,
    }


def newly_near(
    budget: Budget,
    extended: Mapping[str, int],
    counted: Mapping[str, int],
    warned: Mapping[str, int],
) -> tuple[BudgetWarned, ...]:
    """The limits among those ``counted`` that are past their soft line and were not warned of.

    ``counted`` is what was used of each, ``warned`` the cap at which each was warned of last, both
    by the limit's name, as ``RunState.warned`` has it."""
    found = []
    for limit in LIMITS:
        cap, used = cap_of(limit, budget, extended), counted.get(limit.name, 0)
        if not cap or not used or warned.get(limit.name) == cap:
            continue
        if used * 100 >= cap * budget.soft_percent:
            found.append(BudgetWarned(limit.name, used, cap))
    return tuple(found)
