"""The ledger's double for tests: the same chain, leases and errors, kept in this process only."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from remit.errors import LedgerUnavailable, RemitError
from remit.model.chain import Break, Entry
from remit.model.digest import Digest
from remit.model.events import Event
from remit.model.ids import RunId
from remit.model.record import Recorded
from remit.storage.chaining import (
    advanced,
    kinds_of,
    link_events,
    recorded_of,
    summary_break,
)
from remit.storage.inspection import chain_break
from remit.storage.ledger import START, Head, Holder, Lease, LeaseHeld, LeaseLost, RunSummary


@dataclass(slots=True)
class _Chain:
    summary: RunSummary
    entries: list[Entry] = field(default_factory=list)
    head: Head = START
    redacted: set[int] = field(default_factory=set)

    def entry(self, version: int) -> Entry:
        return self.entries[version - 1]


class MemoryLedger:
    """A :class:`~remit.storage.ledger.Ledger`. Set ``failure`` to a reason to make it unavailable;
    entries may be put in ``chains`` by hand to see a break found."""

    def __init__(self, is_alive: Callable[[Holder], bool] = lambda holder: True) -> None:
        self.failure = ""
        self.chains: dict[RunId, _Chain] = {}
        self._leases: dict[RunId, Lease] = {}
        self._is_alive = is_alive
        self._lock = threading.Lock()

    def acquire(self, run: RunId, holder: Holder, now_us: int) -> Lease:
        lease = Lease(run, holder, os.urandom(8).hex(), now_us, now_us)
        with self._lock:
            self._check_available()
            present = self._leases.get(run)
            if present and self.is_live(present):
                raise LeaseHeld(present)
            self._leases[run] = lease
            self.chains.setdefault(run, _Chain(RunSummary(run, now_us, now_us)))
        return lease

    def append(self, lease: Lease, events: Sequence[Event], now_us: int) -> tuple[Entry, ...]:
        with self._lock:
            self._check_available()
            self._check_ours(lease)
            chain = self.chains[lease.run]
            linked = link_events(lease.run, chain.head, events, now_us)
            if linked:
                chain.summary = advanced(chain.summary, events, now_us)
                chain.head = Head(linked[-1].header.version, linked[-1].link)
                chain.entries.extend(linked)
        return linked

    def append_last(self, lease: Lease, events: Sequence[Event], now_us: int) -> tuple[Entry, ...]:
        """Memory has no reserve: the same as :meth:`append`."""
        return self.append(lease, events, now_us)

    def renew(self, lease: Lease, now_us: int) -> None:
        with self._lock:
            self._check_available()
            self._check_ours(lease)
            self._leases[lease.run] = replace(self._leases[lease.run], renewed_us=now_us)

    def release(self, lease: Lease) -> None:
        with self._lock:
            if self._holds(lease):
                del self._leases[lease.run]

    def redact_body(self, run: RunId, version: int, by: str, reason: str, now_us: int) -> None:
        chain = self.chains.get(run)
        if chain is None or not 0 < version <= len(chain.entries):
            raise RemitError(f"run {run} has no entry {version}")
        if not by or not reason or version in chain.redacted:
            raise LedgerUnavailable("the ledger refused a redaction")
        chain.redacted.add(version)
        chain.entries[version - 1] = replace(chain.entries[version - 1], body=None)

    def _check_available(self) -> None:
        if self.failure:
            raise LedgerUnavailable(self.failure)

    def _check_ours(self, lease: Lease) -> None:
        if not self._holds(lease):
            raise LeaseLost(lease.run)

    def _holds(self, lease: Lease) -> bool:
        present = self._leases.get(lease.run)
        return present is not None and present.token == lease.token

    def leases(self) -> tuple[Lease, ...]:
        return tuple(self._leases[run] for run in sorted(self._leases))

    def is_live(self, lease: Lease) -> bool:
        return self._is_alive(lease.holder)

    def entries(self, run: RunId) -> Iterator[Entry]:
        chain = self.chains.get(run)
        return iter(tuple(chain.entries) if chain else ())

    def recorded(self, run: RunId) -> Iterator[Recorded]:
        return map(recorded_of, self.entries(run))

    def runs(self) -> tuple[RunSummary, ...]:
        known = [chain.summary for chain in self.chains.values() if chain.entries]
        return tuple(sorted(known, key=lambda run: (run.started_us, run.run), reverse=True))

    def head(self, run: RunId) -> tuple[int, Digest]:
        chain = self.chains.get(run)
        return chain.head if chain else START

    def verify(self, run: RunId | None = None) -> tuple[Break, ...]:
        known = sorted(self.chains) if run is None else [run]
        chains = [(one, self.chains[one]) for one in known if one in self.chains]
        found = [
            chain_break(one, c.entries, c.head, c.redacted)
            or summary_break(c.summary, kinds_of(c.entries), c.entry)
            for one, c in chains
        ]
        return tuple(item for item in found if item)

    def close(self) -> None:
        """Nothing to let go of."""
