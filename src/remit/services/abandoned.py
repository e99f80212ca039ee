"""Closes runs whose supervisor died: what is left alive is ended, and the record says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from remit.model import events as e
from remit.model.friction_events import DecisionMarked
from remit.model.ids import RunId
from remit.model.run import replay
from remit.model.state import Phase
from remit.services.approvals import revocations
from remit.services.copies import remove_copy
from remit.services.recorder import Recorder
from remit.services.runs import Desk
from remit.services.unsettled import unsettled
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
    run and one whose packet stands: whoever died had not started anything of it, and a second
    packet would make the first one, which may be part of a pull request, the old one."""
    killed = kill_run(str(lease.run))
    recorder = Recorder(desk.ledger, lease, desk.now_us)
    happened = [item.event for item in desk.ledger.recorded(lease.run)]
    recorder.state = replay(happened)
    phase, root = recorder.state.phase, recorder.state.root
    if phase is Phase.PARKED or (phase is Phase.CLOSED and _is_sealed(happened)):
        recorder.release()
        return None
    if phase in (Phase.OPEN, Phase.STOPPED, Phase.PAUSED):
        recorder.record_last(e.AgentExited(None, None, killed))
    if phase is not Phase.CLOSED:
        message = "the supervisor died; the tree was not compared after its last entry"
        state = recorder.state
        over = (*unsettled(state.account), *revocations(state.permits))
        recorder.record_last(*over, e.RunClosed(ending, message))
    remove_copy(desk.state, lease.run)
    return Abandoned(lease.run, recorder, root, killed)


def _is_sealed(happened: Sequence[e.Event]) -> bool:
    """Whether nothing but a person's marks came after the packet."""
    after = [event for event in reversed(happened) if not isinstance(event, DecisionMarked)]
    return bool(after) and isinstance(after[0], e.PacketBuilt)
