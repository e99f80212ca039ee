"""Counts, while the agent works, what its client tells of its spending: where no meter does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from remit.interfaces.supervisor.session import Session
from remit.model.claimed_events import LOOK_S
from remit.model.endings import StopTrigger
from remit.services.claims import Claims
from remit.services.client_records import ClientRecords
from remit.services.tally import Tally


@dataclass(frozen=True, slots=True)
class Counting:
    """Who counts, None where that is not needed, and from what."""

    tally: Tally | None
    claims: Claims
    records: ClientRecords

    def count(self) -> None:
        if self.tally is not None:
            self.tally.count(self.claims, self.records)


@asynccontextmanager
async def counted(counting: Counting, session: Session) -> AsyncIterator[None]:
    """Count as long as ``session`` lasts, and once more at its end. A session that has spent too
    much is ended at once: with no meter even a closing note would cost more."""
    if counting.tally is None:
        yield
        return
    counting.tally.on_over = lambda why: session.stop_now(StopTrigger.BUDGET, why)
    counting.claims.on_claimed = counting.count
    over = asyncio.Event()
    looking = asyncio.ensure_future(_look(counting, over))
    looking.add_done_callback(lambda task: _stop_uncounted(task, session))
    try:
        yield
    finally:
        over.set()
        await looking


async def _look(counting: Counting, over: asyncio.Event) -> None:
    """Records are read in a thread, so that hooks are answered meanwhile; the last time when all
    is written that will be."""
    is_last = False
    while not is_last:
        is_last = over.is_set()
        await asyncio.to_thread(counting.records.look)
        counting.count()
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), LOOK_S)


def _stop_uncounted(looking: asyncio.Future[None], session: Session) -> None:
    """Nothing counts any more: a run without a count would have no cap."""
    if not looking.cancelled() and looking.exception() is not None:
        session.stop_now(StopTrigger.INTERNAL, "what the client spends can no longer be counted")
