"""Closes runs whose supervisor died: what is left alive is ended, and the record says so."""

from __future__ import annotations

from dataclasses import dataclass

from remit.model import events as e
from remit.model.ids import RunId
from remit.model.run import Phase, replay
from remit.services.recorder import Recorder
from remit.services.runs import Desk
from remit.storage.ledger import Lease, LeaseHeld
from remit.system.process import kill_run


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A run that was closed for its dead supervisor, and how many processes were ended."""

    run: RunId
    killed: int


def close_abandoned(desk: Desk, ending: e.Ending = e.Ending.ABANDONED) -> tuple[Abandoned, ...]:
    """Close every run whose holder is gone; nothing it recorded is lost."""
    closed = []
    for lease in desk.ledger.abandoned(desk.now_us()):
        try:
            taken = desk.ledger.acquire(lease.run, desk.holder, desk.now_us())
        except LeaseHeld:
            continue
        closed.append(Abandoned(lease.run, _close(desk, taken, ending)))
    return tuple(closed)


def _close(desk: Desk, lease: Lease, ending: e.Ending) -> int:
    """End what carries the run's mark, then record that nobody watched the end."""
    killed = kill_run(str(lease.run))
    recorder = Recorder(desk.ledger, lease, desk.now_us)
    recorder.state = replay(item.event for item in desk.ledger.recorded(lease.run))
    phase = recorder.state.phase
    if phase in (Phase.OPEN, Phase.STOPPED):
        recorder.record_last(e.AgentExited(None, None, killed))
    if phase is not Phase.CLOSED:
        message = "the supervisor died; the tree was not compared after its last entry"
        recorder.record_last(e.RunClosed(ending, message))
    recorder.release()
    return killed
