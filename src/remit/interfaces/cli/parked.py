"""Speaking to a run that is parked or over: no supervisor listens, so the command does it itself.

Who answers is established as at a supervisor's door: the kernel is asked about this very process.
A confined agent sees neither the ledger nor this run; what no process of a run may do, this one
does not do for it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from remit.codec.control import line_of, read_command
from remit.errors import RemitError, UsageError
from remit.interfaces.cli.desk import open_desk
from remit.interfaces.supervisor.control import ControlDoor
from remit.model.ids import RunId
from remit.model.json import Json, JsonObject
from remit.model.record import RunRecord
from remit.services.approvals import Approvals
from remit.services.parking import require_parked, taken_over
from remit.services.runs import Desk
from remit.storage.locate import read_state
from remit.system.peers import Peer, require_person_here


@dataclass(frozen=True, slots=True)
class ParkedRun:
    """A run that was left, and takes answers."""

    run: str

    def tell(self, message: JsonObject) -> dict[str, Json]:
        """What came of it, with ``"parked"``: the run; RemitError where that may not be."""
        return {"parked": self.run, **_told(self.run, message, require_parked)}


@dataclass(frozen=True, slots=True)
class ClosedRun:
    """A run that is over: nothing in it is answered, but a person may say what was wrong."""

    run: str

    def tell(self, message: JsonObject) -> dict[str, Json]:
        """What came of it; RemitError where that may not be."""
        return _told(self.run, message, lambda record: None)


def _told(run: str, message: JsonObject, require: Callable[[RunRecord], object]) -> dict[str, Json]:
    with open_desk(read_state) as desk, ExitStack() as stack:
        peer = require_person_for(desk, run)
        recorder, record = taken_over(desk, RunId(run), stack)
        require(record)
        if record.frozen is None:
            raise UsageError(f"run {run} never began", f"see it: remit show {run}")
        approvals = Approvals(recorder, desk.now_us, record.frozen.risk)
        approvals.expire()
        command = read_command(line_of(message))
        done = asyncio.run(ControlDoor(approvals, os.getpid()).carry_out(command, peer))
    return {"ok": True, **done}


def require_person_for(desk: Desk, run: str) -> Peer:
    """Raise where this process is an agent's, of whatever run."""
    live = [lease for lease in desk.ledger.leases() if desk.ledger.is_live(lease)]
    others = [lease.holder.pid for lease in live if lease.holder != desk.holder]
    try:
        return require_person_here(others, run)
    except RemitError as error:
        remedy = "answer from a terminal of your own"
        raise RemitError(error.message, remedy) from None
