"""``remit resume``: a parked run goes on."""

from __future__ import annotations

import os

import click

from remit.adapters.agents.registry import adapter_for
from remit.adapters.render.escape import terminal
from remit.errors import UsageError
from remit.interfaces.cli.desk import open_desk
from remit.interfaces.cli.done import print_done
from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.output import print_note
from remit.interfaces.cli.parked import require_person_for
from remit.interfaces.cli.waiting import parks, waiting_time
from remit.interfaces.supervisor.conduct import take_up
from remit.interfaces.supervisor.engagement import Engagement
from remit.interfaces.supervisor.people import ask_first
from remit.interfaces.supervisor.restoring import offer_restore
from remit.interfaces.supervisor.sitting import next_sitting
from remit.model.record import gather
from remit.services.deadline import require_time, since_opened
from remit.services.parking import (
    Reopened,
    changed_while_parked,
    reopen_run,
)
from remit.services.queries import find_run
from remit.services.runs import Run
from remit.system.confine.ability import find_ability

MOST_SHOWN = 10


@click.command("resume")
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON at the end.")
@click.option("--wait", default="", metavar="TIME", help="How long held calls wait for a person.")
@click.option("--park/--no-park", default=None, help="What follows a wait without an answer.")
def command(run: str, as_json: bool, wait: str, park: bool | None) -> Exit:
    """Go on with a parked run: the same contract, snapshot and session.

    What it waits for is asked at this terminal first; elsewhere it was answered before, with
    remit grant or remit refuse. RUN is a run id, the start of one, or "last".

    \b
    remit grant k7m2-1 --uses 1 --reason "needed once"
    remit resume 261122-k7m2q9xw
    """
    with open_desk() as desk:
        found = find_run(desk.ledger, run).run
        peer = require_person_for(desk, found)
        opened = reopen_run(desk, found, find_ability(desk.environ))
        with opened.run.closing:
            _require_time(opened.run)
            engagement = _engagement(opened, as_json, wait, park)
            _look_at_tree(opened.run)
            ask_first(opened.run)
            _require_answers(opened, engagement)
            record = gather(found, desk.ledger.recorded(found))
            sitting = next_sitting(opened.run, record, f"process {peer.identity.pid}")
            done = take_up(opened.run, engagement, sitting)
    return print_done(done, as_json=as_json)


def _require_time(run: Run) -> None:
    since = since_opened(run.desk.ledger, run.id, run.desk.now_us)
    require_time(run.id, run.recorder.state, since)


def _engagement(opened: Reopened, as_json: bool, wait: str, park: bool | None) -> Engagement:
    argv = opened.parked.argv
    adapter = adapter_for(argv)
    adapter.examine(argv, os.environ)
    wait_s = waiting_time(wait, opened.run.plan.contract.budget.wait_s)
    may_park = parks(wait_s, park)
    return Engagement(adapter, argv, _tell, offer_restore, as_json, wait_s, may_park)


def _look_at_tree(run: Run) -> None:
    if changes := changed_while_parked(run):
        paths = ", ".join(change.path for change in changes[:MOST_SHOWN])
        more = f" and {len(changes) - MOST_SHOWN} more" if len(changes) > MOST_SHOWN else ""
        _tell(f"changed by others while the run was parked: {paths}{more}")


def _require_answers(opened: Reopened, engagement: Engagement) -> None:
    """Without an answer, and with nobody to wait for, the same would be asked in vain."""
    waiting = opened.run.recorder.state.permits.waiting
    left = [request for request in opened.paused.requests if request in waiting]
    if left and engagement.wait_s == 0:
        raise UsageError(
            f"{', '.join(left)} is not answered yet, and nobody is here to ask",
            f'remit grant {left[0]} --until end --reason "…", or remit refuse {left[0]}; '
            "or add --wait 5m",
        )


def _tell(line: str) -> None:
    print_note(click.style("remit ", dim=True) + terminal(line))
