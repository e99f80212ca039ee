"""Runs a check beside the agent at work: in a thread, on a commit of the tree as it is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from remit.errors import RemitError
from remit.model.contract import Check
from remit.model.events import CheckRan
from remit.services.confirming import Done
from remit.services.runs import Run, check_during, commit_now


@dataclass(slots=True)
class Rechecking:
    """The check bench of one run. One check at a time."""

    of: Run
    _under_way: set[asyncio.Future[tuple[CheckRan, ...]]] = field(default_factory=set)

    def run(self, check: Check, done: Done) -> None:
        """Begin ``check`` on the tree as last compared; ``done`` is told in the event loop."""
        commit = commit_now(self.of)
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(None, check_during, self.of, check, commit)
        self._under_way.add(future)
        future.add_done_callback(lambda over: self._over(over, done))

    async def finish(self) -> None:
        """Wait for what is under way: it is bounded, and nothing of it outlives the run."""
        if self._under_way:
            await asyncio.wait(self._under_way)

    def _over(self, future: asyncio.Future[tuple[CheckRan, ...]], done: Done) -> None:
        self._under_way.discard(future)
        try:
            done(future.result())
        except (RemitError, OSError):  # it could not be run: what was observed stands
            done(())
