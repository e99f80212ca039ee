"""A run's state as a fold of its events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from types import MappingProxyType

from remit.model.account import Amount
from remit.model.attempt_events import (
    AttemptConfirmed,
    AttemptEnded,
    AttemptNoted,
    CheckObserved,
)
from remit.model.budget_events import BudgetWarned, FilesInspected, PatchMeasured
from remit.model.claimed_events import BudgetClaimed
from remit.model.decision import Outcome
from remit.model.events import (
    AgentExited,
    CheckPhase,
    CheckRan,
    CheckState,
    ContractFrozen,
    DecisionMade,
    Event,
    Heartbeat,
    LayersDeclared,
    PressureRecorded,
    RunClosed,
    RunOpened,
    RunStopped,
    SubagentChanged,
    ToolFinished,
    ToolRequested,
    TreeCompared,
)
from remit.model.grant_events import (
    DecidersNamed,
    GrantMade,
    GrantRefused,
    GrantRevoked,
    GrantUsed,
    RequestOpened,
)
from remit.model.meter_events import BudgetExtended, BudgetReserved, BudgetSettled, ModelAsked
from remit.model.pause_events import RunParked, RunPaused, RunResumed
from remit.model.policy_events import PolicyNoted
from remit.model.state import CallSet, Phase, RunState
from remit.model.tree import Standing


def apply(state: RunState, event: Event) -> RunState:
    """The state after ``event``; events that decide nothing leave it as it is."""
    match event:
        case ContractFrozen():
            return _frozen(state, event)
        case RunOpened(root=root, copy=copy):
            return replace(state, phase=Phase.OPEN, root=root, in_copy=bool(copy))
        case LayersDeclared(layers=layers, private_git=private_git):
            confined = any(one.name == "kernel" and one.is_live for one in layers)
            return replace(state, confined=confined, private_git=private_git)
        case Heartbeat():
            return replace(state, heartbeat=True)
        case ToolRequested():
            return _requested(state, event)
        case DecisionMade(call=call, outcome=outcome):
            return _decided(state, call, outcome)
        case PressureRecorded(subject=subject):
            counted = {**state.denials, subject: state.denials.get(subject, 0) + 1}
            return replace(state, denials=MappingProxyType(counted))
        case ToolFinished(call=call):
            return replace(state, in_flight=state.in_flight - {call})
        case RunStopped() if state.phase in _GOES_ON:
            return replace(state, phase=Phase.STOPPED)
        case AgentExited() if state.phase is not Phase.CLOSED:
            phase = Phase.PAUSED if state.phase is Phase.PAUSED else Phase.ENDED
            return replace(state, phase=phase, in_flight=frozenset())
        case RunClosed():
            permits = state.permits.ended()
            return replace(state, phase=Phase.CLOSED, in_flight=frozenset(), permits=permits)
    return _paused(state, event)


def _frozen(state: RunState, event: ContractFrozen) -> RunState:
    """Another goal suspends what was granted for the one before: it is asked for again."""
    contract = event.contract
    same = state.contract is None or state.contract.goal == contract.goal
    permits = state.permits if same else state.permits.ended()
    return replace(state, contract=contract, risk=event.risk, permits=permits)


_GOES_ON = frozenset({Phase.OPEN, Phase.PAUSED, Phase.PARKED})


def _requested(state: RunState, event: ToolRequested) -> RunState:
    seen = state.seen_calls.with_call(event.call)
    asked = state.subagents.requested(event.call, event.tool, event.actor)
    return replace(state, calls=state.calls + 1, seen_calls=seen, subagents=asked)


def _decided(state: RunState, call: str, outcome: Outcome) -> RunState:
    """A call that was asked again is decided now: it may not be asked a third time."""
    again = "" if call == state.again else state.again
    if outcome is not Outcome.ALLOW:
        return replace(state, again=again)
    flying, subagents = state.in_flight | {call}, state.subagents.allowed(call)
    return replace(state, in_flight=flying, again=again, subagents=subagents)


def _paused(state: RunState, event: Event) -> RunState:
    """A client that is started again proves anew that its hooks are loaded."""
    match event:
        case RunPaused() if state.phase is Phase.OPEN:
            return replace(state, phase=Phase.PAUSED)
        case RunParked() if state.phase is Phase.PAUSED:
            return replace(state, phase=Phase.PARKED)
        case RunResumed(call=call) if state.phase in (Phase.PAUSED, Phase.PARKED):
            known = replace(state.attempts, confirming=False)
            return replace(state, phase=Phase.OPEN, heartbeat=False, again=call, attempts=known)
    return _answered(state, event)


def _answered(state: RunState, event: Event) -> RunState:
    """What people were asked and what they said."""
    permits = state.permits
    match event:
        case ModelAsked() | BudgetReserved() | BudgetSettled():
            return _metered(state, event)
        case PolicyNoted(allowances=allowances, ceiling=ceiling):
            return replace(state, allowances=allowances, ceiling=ceiling)
        case BudgetExtended(limit=limit, amount=amount):
            more = {**state.extended, limit: state.extended.get(limit, 0) + amount}
            return replace(state, extended=MappingProxyType(more))
        case DecidersNamed():
            return replace(state, deciders=event)
        case RequestOpened(request=request):
            return replace(state, permits=permits.with_request(request))
        case GrantMade(grant=grant):
            return replace(state, permits=permits.with_grant(grant))
        case GrantUsed(grant=name):
            return replace(state, permits=permits.with_use(name))
        case GrantRefused(refusal=refusal):
            return replace(state, permits=permits.with_refusal(refusal))
        case GrantRevoked(revocation=revocation):
            return replace(state, permits=permits.without_grant(revocation.grant))
    return _counted(state, event)


def _counted(state: RunState, event: Event) -> RunState:
    """What the run used of its limits."""
    match event:
        case BudgetClaimed(amount=amount):
            return replace(state, claimed=amount)
        case FilesInspected(files=files):
            return replace(state, inspected=reduce(CallSet.with_call, files, state.inspected))
        case PatchMeasured(lines=lines):
            return replace(state, patch_lines=lines)
        case SubagentChanged(agent=agent, started=True):
            return replace(state, subagents=state.subagents.begun(agent))
        case BudgetWarned(limit=limit, cap=cap):
            return replace(state, warned=MappingProxyType({**state.warned, limit: cap}))
    return _attempted(state, event)


_OWN = frozenset({Standing.IN_SCOPE, Standing.OUT_OF_SCOPE})


def _attempted(state: RunState, event: Event) -> RunState:
    """What the run tried, and what came of it."""
    attempts = state.attempts
    match event:
        case TreeCompared(changes=changes):
            own = [change.path for change in changes if change.standing in _OWN]
            return replace(state, attempts=attempts.tree_changed(own)) if own else state
        case CheckRan(phase=CheckPhase.BEFORE, state=shown):
            if shown not in (CheckState.PASSED, CheckState.FAILED):
                return state
            before = attempts.failing_before(event.name, event.failing)
            return replace(state, attempts=before)
        case CheckObserved():
            return replace(state, attempts=attempts.observed(event))
        case AttemptEnded():
            return replace(state, attempts=attempts.ended(event))
        case AttemptConfirmed():
            return replace(state, attempts=attempts.confirmed(event))
        case AttemptNoted():
            return replace(state, attempts=attempts.noted(event))
    return state


def _metered(state: RunState, event: ModelAsked | BudgetReserved | BudgetSettled) -> RunState:
    account = state.account
    match event:
        case ModelAsked():
            return replace(state, account=replace(account, asked=account.asked + 1))
        case BudgetReserved(ask=ask):
            held = Amount(event.micro_usd, event.tokens)
            return replace(state, account=account.holding(ask, held))
    spent = Amount(event.micro_usd, event.tokens)
    unpriced = account.unpriced or not event.price_known
    settled = replace(account.settled(event.ask, spent, event.output), unpriced=unpriced)
    promised = reduce(CallSet.with_call, event.calls, state.promised)
    return replace(state, account=settled, promised=promised)


def replay(events: Iterable[Event]) -> RunState:
    """The state after all ``events``, from nothing."""
    return reduce(apply, events, RunState())
