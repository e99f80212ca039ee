"""Opens what commands on runs work with, and closes what a dead supervisor left open."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager

from remit.interfaces.cli.holders import still_runs, this_process
from remit.model.events import Ending
from remit.services.runs import Desk
from remit.storage.locate import StateDir, open_state
from remit.storage.sqlite import SqliteLedger
from remit.system.clock import now_us


@contextmanager
def open_desk(find: Callable[[Mapping[str, str]], StateDir] = open_state) -> Iterator[Desk]:
    """The desk of this process; abandoned runs are closed first, and said. ``find`` is
    ``read_state`` for what must work on a full disk too."""
    state = find(os.environ)
    with closing(SqliteLedger.open(state.ledger, still_runs)) as ledger:
        desk = Desk(state, ledger, now_us, dict(os.environ), this_process())
        if not all(ledger.is_live(lease) for lease in ledger.leases()):
            from remit.interfaces.cli.settle import settle  # loads what makes packets

            settle(desk, Ending.ABANDONED)
        yield desk
