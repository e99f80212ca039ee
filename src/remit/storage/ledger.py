"""What a ledger is: one hash chain per run, one writer per run, durable when it returns.

Two ledgers follow this protocol: ``sqlite`` keeps runs, ``memory`` is the double that tests
of other parts use. ``tests/ledger_contract`` holds both to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from remit.errors import LedgerUnavailable, RemitError
from remit.model.digest import GENESIS, Digest
from remit.model.ids import RunId
from remit.model.state import Phase

if TYPE_CHECKING:  # listing runs starts without what events and chains are made of
    from remit.model.chain import Break, Entry
    from remit.model.events import Event
    from remit.model.record import Recorded


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that writes a run, told apart from a later one with the same id: ``start`` is in
    clock ticks since the boot named by ``boot``."""

    pid: int
    start: int
    boot: str
    host: str = ""

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}" if self.host else f"process {self.pid}"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write one run. ``token`` is fresh with every lease, so that a former holder is
    told apart from the present one. Times are UTC microseconds."""

    run: RunId
    holder: Holder
    token: str
    since_us: int
    renewed_us: int


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run in one line, kept up to date by every append. Times are UTC microseconds.

    ``goal`` and ``root`` are redacted and safe to print as UTF-8; ``phase`` is ``new``, ``open``,
    ``stopped``, ``ended`` or the ending. ``calls`` counts tool calls, ``held`` those that asked
    for something outside the contract.
    """

    run: RunId
    started_us: int
    last_us: int
    entries: int = 0
    goal: str = ""
    root: str = ""
    phase: str = Phase.NEW.value
    calls: int = 0
    held: int = 0


class Head(NamedTuple):
    """The newest entry of a run: its version and link; ``(0, GENESIS)`` before the first."""

    version: int
    link: Digest


START = Head(0, GENESIS)


class LeaseHeld(RemitError):
    """Another process is the writer of this run."""

    def __init__(self, lease: Lease) -> None:
        super().__init__(
            f"run {lease.run} is held by {lease.holder}",
            f"let it finish, or end it with: remit kill {lease.run}",
        )
        self.lease = lease


class LeaseLost(LedgerUnavailable):
    """The lease of this writer was given up or taken over; nothing was written."""

    def __init__(self, run: RunId) -> None:
        super().__init__(
            f"this process is no longer the writer of run {run}; nothing was written",
            f"see what became of it: remit show {run}",
        )


class Ledger(Protocol):
    """Raises IntegrityError where what is stored cannot be read as what was written."""

    def acquire(self, run: RunId, holder: Holder, now_us: int) -> Lease:
        """Become the writer of ``run``, taking over from a holder that is gone. LeaseHeld where
        the holder lives, LedgerUnavailable where that cannot be written down."""
        ...

    def append(self, lease: Lease, events: Sequence[Event], now_us: int) -> tuple[Entry, ...]:
        """Append ``events`` in one transaction; durable on return. LedgerUnavailable where that
        failed (then none of them is stored), LeaseLost where the lease is no longer ours;
        ValueError for an event that has no bytes."""
        ...

    def append_last(self, lease: Lease, events: Sequence[Event], now_us: int) -> tuple[Entry, ...]:
        """Like :meth:`append`, for what must be kept even on a full disk: the stop and the end.
        Gives the reserve back to the file system and tries once more."""
        ...

    def renew(self, lease: Lease, now_us: int) -> None:
        """Say that the holder still works; LeaseLost where it is no longer the writer."""
        ...

    def release(self, lease: Lease) -> None:
        """Give the lease up; a lease that is already gone is fine."""
        ...

    def redact_body(self, run: RunId, version: int, by: str, reason: str, now_us: int) -> None:
        """Remove the body of one entry for good; the chain still verifies.

        The one way a body goes. Who did it and why is kept; RemitError where there is no such
        entry, LedgerUnavailable where it is redacted already or nobody or no reason is named.
        """
        ...

    def leases(self) -> tuple[Lease, ...]:
        """Every lease, of living and of gone holders."""
        ...

    def is_live(self, lease: Lease) -> bool:
        """Whether the holder of ``lease`` still runs; where it does not, nobody closed the run."""
        ...

    def entries(self, run: RunId) -> Iterator[Entry]:
        """The entries of ``run`` in order; none for a run that is not known."""
        ...

    def recorded(self, run: RunId) -> Iterator[Recorded]:
        """The events of ``run`` in order. A body that was redacted later, and a kind of a newer
        Remit, is an ``Unrecognised``."""
        ...

    def runs(self) -> tuple[RunSummary, ...]:
        """Every run with an entry, newest first; reads no body."""
        ...

    def head(self, run: RunId) -> tuple[int, Digest]:
        """Version and link of the newest entry; ``(0, GENESIS)`` for a run that is not known."""
        ...

    def verify(self, run: RunId | None = None) -> tuple[Break, ...]:
        """The first break of each chain, of one run or of all.

        Finds every change of what is stored that does not come with a whole new chain: an
        owner of the file can rewrite entries *and* head. Only a head kept elsewhere (the
        packet names it) protects against that.
        """
        ...

    def close(self) -> None: ...
