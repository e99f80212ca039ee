"""The ledger of this machine, opened by a command; runs of dead supervisors are closed first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import click

from remit.errors import LedgerUnavailable
from remit.interfaces.cli.holders import still_runs
from remit.storage.locate import StateDir, read_state
from remit.storage.sqlite import SqliteLedger


@contextmanager
def open_ledger(state: StateDir) -> Iterator[SqliteLedger | None]:
    """The ledger of ``state``, closed afterwards; None where nothing ever ran here."""
    if not state.ledger.exists():
        yield None
        return
    with made_ledger(state) as ledger:
        yield ledger


@contextmanager
def made_ledger(state: StateDir) -> Iterator[SqliteLedger]:
    """The ledger of ``state``, made empty where there is none."""
    with closing(SqliteLedger.open(state.ledger, still_runs)) as ledger:
        if not all(ledger.is_live(lease) for lease in ledger.leases()):
            _settle()
        yield ledger


def _settle() -> None:
    """Close abandoned runs. Imported only then: listing runs starts without the supervisor. On a
    full disk they stay as they are, and can be read all the same."""
    from remit.interfaces.cli.desk import open_desk

    try:
        with open_desk(read_state):
            return
    except LedgerUnavailable as failure:
        click.echo(f"remit: an abandoned run is not closed yet: {failure.message}", err=True)
