"""Opens what commands on runs work with, and closes what a dead supervisor left open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

import click

from remit.services.abandoned import close_abandoned
from remit.services.runs import Desk
from remit.storage.ledger import Holder
from remit.storage.locate import open_state
from remit.storage.sqlite import SqliteLedger
from remit.system.clock import now_us
from remit.system.process import ProcessIdentity, is_alive, process_identity


@contextmanager
def open_desk() -> Iterator[Desk]:
    """The desk of this process; abandoned runs are closed first, and said."""
    state = open_state(os.environ)
    with closing(SqliteLedger.open(state.ledger, _runs_still)) as ledger:
        desk = Desk(state, ledger, now_us, dict(os.environ), _this_process())
        for found in close_abandoned(desk):
            left = f", {found.killed} processes of it ended" if found.killed else ""
            click.echo(f"remit: run {found.run} was abandoned and is closed{left}", err=True)
        yield desk


def _runs_still(holder: Holder) -> bool:
    """Whether the process that took a lease still runs."""
    return is_alive(ProcessIdentity(holder.pid, holder.start, holder.boot))


def _this_process() -> Holder:
    me = process_identity(os.getpid())
    return Holder(me.pid, me.start, me.boot) if me else Holder(os.getpid(), 0, "")
