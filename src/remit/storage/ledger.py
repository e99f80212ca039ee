"""What a ledger of runs is, whatever keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from remit.errors import RemitError
from remit.model.chain import Break, Entry
from remit.model.digest import Digest
from remit.model.events import Event
from remit.model.ids import RunId
from remit.model.record import Recorded


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that writes a run, told apart from a later one with the same id: ``start`` is in
    clock ticks since the boot named by ``boot``."""

    pid: int
    start: int
    boot: str


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write one run."""

    run: RunId
    holder: Holder
    since_us: int


class LeaseHeld(RemitError):
    """Another living process writes this run."""

    def __init__(self, lease: Lease) -> None:
        super().__init__(
            f"run {lease.run} is being written by process {lease.holder.pid}",
            f"wait for it, or end it: remit kill {lease.run}",
        )
        self.lease = lease


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run in one line, kept up to date with each append. Times are UTC microseconds; ``goal`` is
    the contract's words; ``phase`` is ``open``, ``stopped`` or the ending."""

    run: RunId
    started_us: int
    last_us: int
    entries: int
    goal: str
    root: str
    phase: str


class Ledger(Protocol):
    """An append-only store of runs, one hash chain each.

    A chain proves that what was recorded was not changed by somebody who does not own the
    store; against its owner only a head kept elsewhere (a packet) does.
    """

    def acquire(self, run: RunId, holder: Holder, now_us: int) -> Lease:
        """The lease of ``run``; a dead holder's is taken over. Raises LeaseHeld."""

    def append(self, lease: Lease, events: Sequence[Event], now_us: int) -> tuple[Entry, ...]:
        """Store ``events`` in one transaction, durable on return; raises LedgerUnavailable."""

    def append_last(self, lease: Lease, events: Sequence[Event], now_us: int) -> tuple[Entry, ...]:
        """As :meth:`append`, giving up the reserve of a full disk where it takes that."""

    def release(self, lease: Lease) -> None:
        """Give the lease back."""

    def leases(self) -> tuple[Lease, ...]:
        """All leases, those of dead holders included."""

    def entries(self, run: RunId) -> Iterator[Entry]:
        """The stored entries of ``run`` in order; raises IntegrityError where one is unreadable."""

    def recorded(self, run: RunId) -> Iterator[Recorded]:
        """The events of ``run`` in order, redacted bodies left out."""

    def runs(self) -> tuple[RunSummary, ...]:
        """Every run, newest first."""

    def head(self, run: RunId) -> tuple[int, Digest]:
        """How many entries ``run`` has, and the link of the last."""

    def verify(self, run: RunId | None = None) -> tuple[Break, ...]:
        """The first break of ``run`` or of each run; empty where all is as it was written."""

    def close(self) -> None: ...
