"""``remit cost``: what a run cost, and what for."""

from __future__ import annotations

import os

import click

from remit.adapters.render.cost import cost_json, cost_lines
from remit.errors import UsageError
from remit.interfaces.cli.output import print_json, print_lines
from remit.interfaces.cli.stored import open_ledger
from remit.model.record import gather
from remit.services.costs import cost_of
from remit.services.queries import find_run
from remit.storage.locate import read_state


@click.command("cost")
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def command(run: str, as_json: bool) -> None:
    """Split what a run cost: tokens, wall clock, attention of people, trust.

    Tokens are split into productive work of the main agent, work that taught nothing (its answer
    was lost, or each call it asked for was held or brought what the same call had brought before)
    and subagents. What results of tools brought into prompts is an estimate. RUN is a run id, the
    start of one, or "last".

    \b
    remit cost last
    """
    with open_ledger(read_state(os.environ)) as ledger:
        if ledger is None:
            raise UsageError("there are no runs yet", "start one: remit run CONTRACT -- claude …")
        found = find_run(ledger, run).run
        cost = cost_of(gather(found, ledger.recorded(found)))
    if as_json:
        print_json(cost_json(cost))
    else:
        print_lines(cost_lines(cost))
