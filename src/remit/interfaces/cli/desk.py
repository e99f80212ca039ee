"""Opens what commands on runs work with, and closes what a dead supervisor left open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click

from remit.errors import RemitError
from remit.interfaces.cli.holders import still_runs, this_process
from remit.interfaces.supervisor.seal import seal
from remit.model.events import Ending
from remit.services.abandoned import close_abandoned
from remit.services.runs import Desk
from remit.storage.locate import open_state
from remit.storage.sqlite import SqliteLedger
from remit.system.clock import now_us
from remit.system.git import Repository, open_repository


@contextmanager
def open_desk() -> Iterator[Desk]:
    """The desk of this process; abandoned runs are closed first, and said."""
    state = open_state(os.environ)
    with closing(SqliteLedger.open(state.ledger, still_runs)) as ledger:
        desk = Desk(state, ledger, now_us, dict(os.environ), this_process())
        settle(desk, Ending.ABANDONED)
        yield desk


def settle(desk: Desk, ending: Ending) -> None:
    """Close and seal every run whose supervisor is gone, and say so."""
    for found in close_abandoned(desk, ending):
        if found.recorder.state.contract is not None:
            seal(desk, found.recorder, _repository(desk, found.root))
        found.recorder.release()
        left = f", {found.killed} processes of it ended" if found.killed else ""
        click.echo(f"remit: run {found.run} was abandoned and is closed{left}", err=True)


def _repository(desk: Desk, root: str) -> Repository | None:
    """The repository an abandoned run worked in; None where it is gone."""
    try:
        return open_repository(Path(root), desk.state.repository) if root else None
    except RemitError:
        return None
