"""Closes runs whose supervisor died: what is left alive is ended, and the record says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from remit.model import events as e
from remit.model.ids import RunId
from remit.model.run import replay
from remit.model.state import Phase
from remit.services.approvals import revocations
from remit.services.copies import remove_copy
from remit.services.recorder import Recorder
from remit.services.runs import Desk
from remit.storage.ledger import Lease, LeaseHeld
from remit.system.reaper import kill_run


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A run that was closed for its dead supervisor, still ours to write: seal and release it.
    ``killed`` counts the processes of it that were ended."""

    run: RunId
    recorder: Recorder
    root: str
    killed: int


def close_abandoned(desk: Desk, ending: e.Ending = e.Ending.ABANDONED) -> Iterator[Abandoned]:
    """Close every run whose holder is gone; nothing it recorded is lost."""
    for lease in desk.ledger.leases():
        if desk.ledger.is_live(lease):
            continue
        try:
            taken = desk.ledger.acquire(lease.run, desk.holder, desk.now_us())
        except LeaseHeld:
            continue
        if found := _close(desk, taken, ending):
            yield found


def _close(desk: Desk, lease: Lease, ending: e.Ending) -> Abandoned | None:
    """End what carries the run's mark, then record that nobody watched the end. None for a parked
    run: whoever died had not started anything of it, and it stays parked."""
    killed = kill_run(str(lease.run))
    recorder = Recorder(desk.ledger, lease, desk.now_us)
    recorder.state = replay(item.event for item in desk.ledger.recorded(lease.run))
    phase, root = recorder.state.phase, recorder.state.root
    if phase is Phase.PARKED:
        recorder.release()
        return None
    if phase in (Phase.OPEN, Phase.STOPPED, Phase.PAUSED):
        recorder.record_last(e.AgentExited(None, None, killed))
    if phase is not Phase.CLOSED:
        message = "the supervisor died; the tree was not compared after its last entry"
        recorder.record_last(*revocations(recorder.state.permits), e.RunClosed(ending, message))
    remove_copy(desk.state, lease.run)
    return Abandoned(lease.run, recorder, root, killed)
