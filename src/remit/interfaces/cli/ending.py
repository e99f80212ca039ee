"""Ending a parked run, which no supervisor holds."""

from __future__ import annotations

from contextlib import ExitStack

from remit.adapters.agents.registry import adapter_for
from remit.adapters.render.escape import terminal
from remit.errors import RemitError
from remit.interfaces.cli.output import print_note
from remit.interfaces.supervisor.conduct import end_parked
from remit.interfaces.supervisor.engagement import Engagement
from remit.interfaces.supervisor.restoring import offer_restore
from remit.interfaces.supervisor.seal import seal
from remit.model import events as e
from remit.model.ids import RunId
from remit.services.approvals import revocations
from remit.services.parking import reopen_run, require_parked, taken_over
from remit.services.runs import Desk
from remit.storage.ledger import LeaseHeld
from remit.system.confine.ability import find_ability


def end_left(desk: Desk, run: RunId) -> None:
    """End ``run`` for a person. Where it cannot be taken up again (its tree or snapshot is gone),
    it is closed as it stands in the ledger."""
    try:
        opened = reopen_run(desk, run, find_ability(desk.environ))
    except LeaseHeld:
        raise
    except RemitError as error:
        _tell(f"closed without its tree: {error.message}")
        _close(desk, run)
        return
    argv = opened.parked.argv
    end_parked(opened.run, Engagement(adapter_for(argv), argv, _tell, offer_restore))


def _close(desk: Desk, run: RunId) -> None:
    with ExitStack() as stack:
        recorder, record = taken_over(desk, run, stack)
        require_parked(record)
        message = "a person ended the run while it was parked"
        stopped = e.RunStopped(e.StopTrigger.KILLED, message, (), (f"remit show {run}",))
        closed = e.RunClosed(e.Ending.KILLED, message)
        recorder.record_last(stopped, *revocations(recorder.state.permits), closed)
        seal(desk, recorder, None)


def _tell(line: str) -> None:
    print_note(terminal(line))
