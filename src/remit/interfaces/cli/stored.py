"""The ledger of this machine, opened for reading by a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from remit.storage.locate import StateDir
from remit.storage.sqlite import SqliteLedger


@contextmanager
def open_ledger(state: StateDir) -> Iterator[SqliteLedger | None]:
    """The ledger of ``state``, closed afterwards; None where nothing ever ran here."""
    if not state.ledger.exists():
        yield None
        return
    ledger = SqliteLedger.open(state.ledger)
    try:
        yield ledger
    finally:
        ledger.close()


@contextmanager
def made_ledger(state: StateDir) -> Iterator[SqliteLedger]:
    """The ledger of ``state``, made empty where there is none."""
    ledger = SqliteLedger.open(state.ledger)
    try:
        yield ledger
    finally:
        ledger.close()
