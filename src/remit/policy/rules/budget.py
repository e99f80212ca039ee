"""What a run may still ask for, by what it has used of its limits."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.decision import Outcome, Reason
from remit.model.limits import CALLS, DEPTH, FILES, SUBAGENTS, Limit
from remit.model.state import Phase
from remit.model.subagents import STARTERS
from remit.policy.budget_lines import cap_of
from remit.policy.rules.case import Case


def guard(case: Case) -> Iterator[Reason]:
    if case.state.phase in (Phase.OPEN, Phase.STOPPED):
        yield from _files(case)
    if case.state.phase is not Phase.OPEN:
        return  # the calls that are left to a run that was stopped are not counted
    yield from _calls(case)
    if case.request.call.tool in STARTERS:
        yield from _subagents(case)
        yield from _depth(case)


def _cap(limit: Limit, case: Case) -> int | None:
    return cap_of(limit, case.contract.budget, case.state.extended)


def _calls(case: Case) -> Iterator[Reason]:
    """A call that is asked again was counted when it was asked first."""
    state, cap = case.state, _cap(CALLS, case)
    if cap is None or case.request.call.id == state.again or state.calls < cap:
        return
    yield Reason(
        "budget.calls",
        Outcome.STOP,
        "tool calls",
        f"This run has asked for {cap} of {CALLS.told(cap)}.",
        allowed="reading what you have, and writing your closing note",
        ask="start a new run with more budget.calls in its contract",
    )


def _files(case: Case) -> Iterator[Reason]:
    """Files that were shown before may be shown again."""
    cap, known = _cap(FILES, case), case.state.inspected
    fresh = [name for name in case.request.shows if name not in known]
    if cap is None or not fresh or len(known) + len(fresh) <= cap:
        return
    missing = len(known) + len(fresh) - cap
    yield Reason(
        "budget.files",
        Outcome.DENY,
        fresh[0],
        f"This run may inspect {cap} files and has inspected {len(known)}: report back now. Say "
        "what you have learnt so far, which files you still need, and why.",
        allowed="the files you were shown already, changes inside the contract, and your report",
        ask=f"a person can add some: remit extend RUN --files {missing} --reason … --evidence …",
    )


def _subagents(case: Case) -> Iterator[Reason]:
    cap = _cap(SUBAGENTS, case)
    if cap is None or case.state.subagents.started < cap:
        return
    tool = case.request.call.tool
    yield Reason(
        "budget.subagents",
        Outcome.DENY,
        tool,
        f"This run may start {SUBAGENTS.told(cap)} and has started {case.state.subagents.started}.",
        allowed="doing the rest yourself, without further subagents",
        ask="a person can add some: remit extend RUN --subagents 1 --reason … --evidence …",
    )


def _depth(case: Case) -> Iterator[Reason]:
    """An agent whose own depth nobody knows starts none: it could be at any."""
    cap, caller = _cap(DEPTH, case), case.request.call.actor.name
    if cap is None:
        return
    depth = case.state.subagents.depth_of(caller)
    if depth is not None and depth < cap:
        return
    where = "how deep this agent is cannot be told" if depth is None else f"this one is at {depth}"
    yield Reason(
        "budget.depth",
        Outcome.DENY,
        case.request.call.tool,
        f"Subagents may start others down to level {cap}, and {where}.",
        allowed="doing this yourself",
        ask="start a new run with more budget.depth in its contract",
    )
