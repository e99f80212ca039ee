"""The state of a running run, as far as decisions need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from remit.model.account import Account, Amount
from remit.model.allowance import Allowance
from remit.model.attempt import Attempts
from remit.model.grant import Permits
from remit.model.policy import Ceiling
from remit.model.subagents import Subagents

if TYPE_CHECKING:  # listing runs starts without what contracts are made of
    from remit.model.contract import Contract, RiskClass
    from remit.model.grant_events import DecidersNamed


class Phase(StrEnum):
    NEW = "new"
    OPEN = "open"
    STOPPED = "stopped"
    """Only reading what it has and a closing note are left to the agent."""
    ENDED = "ended"
    """The agent is gone; only Remit itself still works on the run."""
    CLOSED = "closed"
    PAUSED = "paused"
    """The agent is ended so that it can be started again; nothing is decided."""
    PARKED = "parked"
    """A person's answer is waited for, without a supervisor."""


class CallSet:
    """A set of names, such as call ids, that only grows: adding shares what is there, so that the
    state of a long run costs no more per call than that of a short one."""

    __slots__ = ("_index", "_size")

    def __init__(self, index: dict[str, int] | None = None, size: int = 0) -> None:
        self._index = {} if index is None else index
        self._size = size

    def __contains__(self, call: object) -> bool:
        return isinstance(call, str) and self._index.get(call, self._size) < self._size

    def __len__(self) -> int:
        return self._size

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
    calls decided ``allow`` and not finished; ``again`` is a call that may be asked once more.
    ``root`` is the user's tree, which a run that is ``in_copy`` does not work in."""

    phase: Phase = Phase.NEW
    contract: Contract | None = None
    root: str = ""
    in_copy: bool = False
    heartbeat: bool = False
    confined: bool = False
    private_git: bool = False
    calls: int = 0
    in_flight: frozenset[str] = frozenset()
    denials: Mapping[str, int] = field(default_factory=lambda: _NONE)
    seen_calls: CallSet = field(default_factory=CallSet)
    permits: Permits = field(default_factory=Permits)
    deciders: DecidersNamed | None = None
    again: str = ""
    account: Account = field(default_factory=Account)
    claimed: Amount | None = None
    """What the client itself tells to have spent, where no meter counts; None before a count."""
    promised: CallSet = field(default_factory=CallSet)
    """Calls that the model asked for, as far as its answers were metered to their end."""
    allowances: tuple[Allowance, ...] = ()
    """What this run shares with others."""
    ceiling: Ceiling = field(default_factory=Ceiling)
    extended: Mapping[str, int] = field(default_factory=lambda: _NONE)
    """What people added to limits, by the limit's name."""
    inspected: CallSet = field(default_factory=CallSet)
    """The files whose content the agent was shown."""
    patch_lines: int = 0
    subagents: Subagents = field(default_factory=Subagents)
    attempts: Attempts = field(default_factory=Attempts)
    risk: RiskClass | None = None
    warned: Mapping[str, int] = field(default_factory=lambda: _NONE)
    """The cap of each limit when it was warned of last, by the limit's name."""
