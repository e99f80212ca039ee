"""Opens what commands on runs work with, and closes what a dead supervisor left open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

import click

from remit.services.abandoned import close_abandoned
from remit.services.runs import Desk
from remit.storage.holder import this_process
from remit.storage.locate import open_state
from remit.storage.sqlite import SqliteLedger
from remit.system.clock import now_us


@contextmanager
def open_desk() -> Iterator[Desk]:
    """The desk of this process; abandoned runs are closed first, and said."""
    state = open_state(os.environ)
    with closing(SqliteLedger.open(state.ledger)) as ledger:
        desk = Desk(state, ledger, now_us, dict(os.environ), this_process())
        for found in close_abandoned(desk):
            left = f", {found.killed} processes of it ended" if found.killed else ""
            click.echo(f"remit: run {found.run} was abandoned and is closed{left}", err=True)
        yield desk
