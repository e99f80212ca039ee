"""Processes that die while a run is paused, parked or answered."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from remit.codec.contract import freeze
from remit.model import events as e
from remit.model.digest import Digest
from remit.model.ids import RunId
from remit.model.pause_events import PauseReason, RunParked, RunPaused
from remit.services.abandoned import close_abandoned
from remit.services.runs import Desk
from remit.storage.ledger import Holder
from remit.storage.locate import StateDir
from remit.storage.sqlite import SqliteLedger
from remit.system.peers import NotAPerson, require_person_here
from remit.testing.builders import RUN, contract, frozen

NOTHING = Digest("sha256:" + "0" * 64)
DEAD = Holder(2**22 - 7, 1, "boot")
PAUSED = RunPaused(PauseReason.UNANSWERED, "", ())
PARKED = RunParked("s", ("claude", "-p", "go"), "0" * 40, NOTHING, 1)


def _left(tmp_path: Path, *events: e.Event) -> Desk:
    """A run whose writer died after ``events``."""
    ledger = SqliteLedger.open(
        tmp_path / "ledger.sqlite3", lambda holder: holder.pid == os.getpid()
    )
    lease = ledger.acquire(RunId(RUN), DEAD, 1)
    of = contract()
    opened = e.RunOpened(str(tmp_path), "r", "main", "0" * 40, (), "0")
    ledger.append(lease, [frozen(of, freeze(of)[1]), opened, *events], 2)
    mine = Holder(os.getpid(), 1, "boot")
    return Desk(StateDir(tmp_path), ledger, lambda: 3, {}, mine)


def test_a_supervisor_killed_before_the_run_is_parked_leaves_it_abandoned(tmp_path: Path) -> None:
    desk = _left(tmp_path, PAUSED)
    (found,) = close_abandoned(desk)
    found.recorder.release()
    assert desk.ledger.runs()[0].phase == "abandoned"
    desk.ledger.close()


def test_a_command_killed_while_it_answers_leaves_the_run_parked(tmp_path: Path) -> None:
    desk = _left(tmp_path, PAUSED, e.AgentExited(0, None, 0), PARKED)
    assert list(close_abandoned(desk)) == []
    assert desk.ledger.runs()[0].phase == "parked"
    assert desk.ledger.leases() == ()
    assert desk.ledger.verify(RunId(RUN)) == ()
    desk.ledger.close()


def test_a_process_below_a_supervisor_answers_nothing() -> None:
    with pytest.raises(NotAPerson, match="a process of a run"):
        require_person_here([os.getppid()], RUN)


def test_a_process_of_its_own_answers() -> None:
    assert require_person_here([], RUN).identity.pid == os.getpid()
