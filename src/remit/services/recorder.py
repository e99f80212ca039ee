"""Makes events durable, in order, and keeps the run's state warm.

Events are staged while signals of one turn of the event loop are handled and made durable
together (group commit); an answer leaves only after its events are on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from remit.errors import LedgerUnavailable
from remit.model.events import Event, Forged, RunStopped, TreeCompared
from remit.model.ids import RunId
from remit.model.run import apply
from remit.model.state import RunState
from remit.services.parts import in_parts
from remit.storage.ledger import Lease, Ledger

_SEEN = (TreeCompared, Forged, RunStopped)
"""What is told once and not again is owed to the record until it is written."""


class Recorder:
    """The one writer of a run. ``now_us`` gives UTC microseconds."""

    def __init__(self, ledger: Ledger, lease: Lease, now_us: Callable[[], int]) -> None:
        self._ledger = ledger
        self._lease = lease
        self._now_us = now_us
        self._staged: list[Event] = []
        self._owed: list[Event] = []
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
            self._staged.extend(in_parts(event))

    def flush(self) -> None:
        """Make everything staged durable in one transaction; raises LedgerUnavailable."""
        staged, self._staged = self._staged, []
        self._owed += (event for event in staged if isinstance(event, _SEEN))
        if self._failure:
            raise self._failure
        if not staged:
            return
        try:
            with _writable():
                self._ledger.append(self._lease, staged, self._now_us())
        except LedgerUnavailable as failure:
            self._failure = failure
            raise
        self._owed.clear()

    def record(self, *events: Event) -> None:
        """Stage and flush."""
        self.stage(*events)
        self.flush()

    def record_last(self, *events: Event) -> None:
        """Record what must be kept even on a full disk: the stop and the end of the run. What was
        staged or is owed goes before it, as far as the ledger takes it."""
        before = [*self._owed, *self._staged]
        self._owed, self._staged = [], []
        for event in events:
            self.state = apply(self.state, event)
        last = [part for event in events for part in in_parts(event)]
        try:
            self._append_last(before, last)
        except LedgerUnavailable:
            self._owed = [*before, *last]
            raise
        self._failure = None

    def _append_last(self, before: list[Event], last: list[Event]) -> None:
        try:
            self._append_from_reserve([*before, *last])
        except LedgerUnavailable:
            if not (before and last):
                raise
            self._append_from_reserve(last)

    def _append_from_reserve(self, events: list[Event]) -> None:
        with _writable():
            self._ledger.append_last(self._lease, events, self._now_us())

    def release(self) -> None:
        """Give the lease back: nothing more will be written to this run by this process."""
        self._ledger.release(self._lease)


@contextmanager
def _writable() -> Iterator[None]:
    """An event that has no entry is as bad as a ledger that takes none: it is not recorded."""
    try:
        yield
    except (ValueError, TypeError) as error:
        raise LedgerUnavailable(f"an event cannot be an entry ({error})", "report this") from error
