"""Makes events durable, in order, and keeps the run's state warm.

Events are staged while signals of one turn of the event loop are handled and made durable
together (group commit); an answer leaves only after its events are on disk.
"""

from __future__ import annotations

from collections.abc import Callable

from remit.errors import LedgerUnavailable
from remit.model.events import Event
from remit.model.ids import RunId
from remit.model.run import apply
from remit.model.state import RunState
from remit.storage.ledger import Lease, Ledger


class Recorder:
    """The one writer of a run. ``now_us`` gives UTC microseconds."""

    def __init__(self, ledger: Ledger, lease: Lease, now_us: Callable[[], int]) -> None:
        self._ledger = ledger
        self._lease = lease
        self._now_us = now_us
        self._staged: list[Event] = []
        self._failure: LedgerUnavailable | None = None
        self.state = RunState()

    @property
    def run(self) -> RunId:
        return self._lease.run

    @property
    def failure(self) -> LedgerUnavailable | None:
        """What keeps the ledger from taking entries; once set, every further call is held."""
        return self._failure

    def stage(self, *events: Event) -> None:
        """Fold ``events`` into the state now; they become durable with the next :meth:`flush`."""
        for event in events:
            self.state = apply(self.state, event)
        self._staged.extend(events)

    def flush(self) -> None:
        """Make everything staged durable in one transaction; raises LedgerUnavailable."""
        if self._failure:
            raise self._failure
        staged, self._staged = self._staged, []
        if not staged:
            return
        try:
            self._ledger.append(self._lease, staged, self._now_us())
        except LedgerUnavailable as failure:
            self._failure = failure
            raise

    def record(self, *events: Event) -> None:
        """Stage and flush."""
        self.stage(*events)
        self.flush()

    def record_last(self, *events: Event) -> None:
        """Record what must be kept even on a full disk: the stop and the end of the run."""
        for event in events:
            self.state = apply(self.state, event)
        staged, self._staged = [*self._staged, *events], []
        self._ledger.append_last(self._lease, staged, self._now_us())
        self._failure = None

    def release(self) -> None:
        """Give the lease back: nothing more will be written to this run by this process."""
        self._ledger.release(self._lease)
