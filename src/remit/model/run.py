"""The state of a running run, as far as decisions need it: a fold of its events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import reduce
from types import MappingProxyType

from remit.model.contract import Contract
from remit.model.decision import Outcome
from remit.model.events import (
    AgentExited,
    ContractFrozen,
    DecisionMade,
    Event,
    Heartbeat,
    PressureRecorded,
    RunClosed,
    RunOpened,
    RunStopped,
    ToolFinished,
    ToolRequested,
)


class Phase(StrEnum):
    NEW = "new"
    OPEN = "open"
    STOPPED = "stopped"
    """Only reading what it has and a closing note are left to the agent."""
    ENDED = "ended"
    """The agent is gone; only Remit itself still works on the run."""
    CLOSED = "closed"


_NONE: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RunState:
    """``denials`` counts held requests by resource, whatever route they took; ``in_flight`` are
    calls decided ``allow`` and not finished."""

    phase: Phase = Phase.NEW
    contract: Contract | None = None
    root: str = ""
    heartbeat: bool = False
    calls: int = 0
    in_flight: frozenset[str] = frozenset()
    denials: Mapping[str, int] = field(default_factory=lambda: _NONE)
    seen_calls: frozenset[str] = frozenset()


def apply(state: RunState, event: Event) -> RunState:
    """The state after ``event``; events that decide nothing leave it as it is."""
    match event:
        case ContractFrozen(contract=contract):
            return replace(state, contract=contract)
        case RunOpened(root=root):
            return replace(state, phase=Phase.OPEN, root=root)
        case Heartbeat():
            return replace(state, heartbeat=True)
        case ToolRequested(call=call):
            return replace(state, calls=state.calls + 1, seen_calls=state.seen_calls | {call})
        case DecisionMade(call=call, outcome=Outcome.ALLOW):
            return replace(state, in_flight=state.in_flight | {call})
        case PressureRecorded(subject=subject):
            counted = {**state.denials, subject: state.denials.get(subject, 0) + 1}
            return replace(state, denials=MappingProxyType(counted))
        case ToolFinished(call=call):
            return replace(state, in_flight=state.in_flight - {call})
        case RunStopped() if state.phase is Phase.OPEN:
            return replace(state, phase=Phase.STOPPED)
        case AgentExited() if state.phase is not Phase.CLOSED:
            return replace(state, phase=Phase.ENDED, in_flight=frozenset())
        case RunClosed():
            return replace(state, phase=Phase.CLOSED, in_flight=frozenset())
    return state


def replay(events: Iterable[Event]) -> RunState:
    """The state after all ``events``, from nothing."""
    return reduce(apply, events, RunState())
