"""``remit kill``: end a run and everything it started."""

from __future__ import annotations

import os
import signal
import time

import click

from remit.errors import RemitError, UsageError
from remit.interfaces.cli.desk import open_desk
from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.output import print_text
from remit.interfaces.cli.settle import settle
from remit.model.events import Ending
from remit.model.ids import RunId
from remit.model.state import Phase
from remit.services.queries import find_run
from remit.services.runs import Desk
from remit.storage.ledger import Lease
from remit.storage.locate import read_state

ORDERLY_S = 30.0
"""How long the supervisor may take to end its agent, compare the tree and build the packet."""


@click.command("kill")
@click.argument("run", required=False)
@click.option("--all", "everything", is_flag=True, help="Every run of this user on this machine.")
def command(run: str | None, everything: bool) -> Exit:
    """End a run and every process of it.

    The supervisor ends its agent, compares the tree and builds the packet. One that does not
    answer within 30 seconds is killed, and the run is closed for it. A parked run is closed with
    what it did so far. RUN is a run id, the
    start of one, or "last".

    \b
    remit kill 261122-k7m2q9xw
    remit kill --all
    """
    if bool(run) == everything:
        raise UsageError("say which run to end", "remit kill RUN, or remit kill --all")
    with open_desk(read_state) as desk:
        named = find_run(desk.ledger, run).run if run else None
        leases = [lease for lease in desk.ledger.leases() if named in (None, lease.run)]
        parked = [run.run for run in desk.ledger.runs() if run.phase == Phase.PARKED]
        parked = [run for run in parked if named in (None, run)]
        if named and not leases and not parked:
            raise UsageError(f"run {named} is over", f"see how it ended: remit show {named}")
        for lease in leases:
            _end(desk, lease)
        for one in parked:
            _end_parked(desk, one)
    return Exit.YES


def _end(desk: Desk, lease: Lease) -> None:
    _signal(lease, signal.SIGTERM)
    until = time.monotonic() + ORDERLY_S
    while _held(desk, lease) and time.monotonic() < until:
        time.sleep(0.1)
    if _held(desk, lease):
        click.echo(f"remit: the supervisor of {lease.run} does not answer; killing it", err=True)
        _signal(lease, signal.SIGKILL)
        time.sleep(0.2)
    settle(desk, Ending.KILLED)
    print_text(f"run {lease.run} ended\nnext: remit show {lease.run}")


def _end_parked(desk: Desk, run: RunId) -> None:
    """Close a run that no supervisor holds; its work is committed where it can be."""
    from remit.interfaces.cli.ending import end_left  # most runs have a supervisor

    end_left(desk, run)
    print_text(f"run {run} ended\nnext: remit show {run}")


def _held(desk: Desk, lease: Lease) -> bool:
    """Whether the run still has this writer, and the writer still lives."""
    held = any(other.token == lease.token for other in desk.ledger.leases())
    return held and desk.ledger.is_live(lease)


def _signal(lease: Lease, number: signal.Signals) -> None:
    """Signal the supervisor; the lease says which process of that number is meant."""
    try:
        os.kill(lease.holder.pid, number)
    except ProcessLookupError:
        return
    except PermissionError:
        raise RemitError(f"{lease.holder} belongs to another user", "end it as that user") from None
