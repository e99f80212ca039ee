"""``remit attempts``: what a run tried, one attempt after the other."""

from __future__ import annotations

import os

import click

from remit.adapters.render.attempts import attempts_json, attempts_lines
from remit.errors import UsageError
from remit.interfaces.cli.output import print_json, print_lines
from remit.interfaces.cli.stored import open_ledger
from remit.model.record import gather
from remit.services.queries import find_run
from remit.services.timeline import timeline
from remit.storage.locate import read_state


@click.command("attempts")
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="Print the attempts as JSON.")
def command(run: str, as_json: bool) -> None:
    """Show the attempts of a run: what changed, what failed, what was learnt, what it cost.

    An attempt is the work between two checks that the agent ran, with a changed tree between
    them. RUN is a run id, the start of one, or "last".

    \b
    remit attempts last
    """
    with open_ledger(read_state(os.environ)) as ledger:
        if ledger is None:
            raise UsageError("there are no runs yet", "start one: remit run CONTRACT -- claude …")
        found = find_run(ledger, run).run
        lines = timeline(gather(found, ledger.recorded(found)))
    if as_json:
        print_json(attempts_json(found, lines))
    else:
        print_lines(attempts_lines(lines))
