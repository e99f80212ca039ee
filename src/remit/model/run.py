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


class CallSet:
    """A set of call ids that only grows: adding shares what is there, so that the state of a
    long run costs no more per call than that of a short one."""

    __slots__ = ("_index", "_size")

    def __init__(self, index: dict[str, int] | None = None, size: int = 0) -> None:
        self._index = {} if index is None else index
        self._size = size

    def __contains__(self, call: object) -> bool:
        return isinstance(call, str) and self._index.get(call, self._size) < self._size

    def with_call(self, call: str) -> CallSet:
        """This set and ``call``; this set itself stays as it is."""
        if call in self:
            return self
        index = self._index
        if len(index) != self._size:  # somebody grew from here before: part ways
            index = {known: place for known, place in index.items() if place < self._size}
        index[call] = self._size
        return CallSet(index, self._size + 1)


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
    seen_calls: CallSet = field(default_factory=CallSet)


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
            seen = state.seen_calls.with_call(call)
            return replace(state, calls=state.calls + 1, seen_calls=seen)
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
