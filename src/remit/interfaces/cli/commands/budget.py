"""``remit budget``: what a run has used of its limits."""

from __future__ import annotations

import os
import shutil
import sys

import click

from remit.adapters.render.budget import budget_json, budget_lines
from remit.errors import UsageError
from remit.interfaces.cli.output import print_json, print_lines
from remit.interfaces.cli.stored import open_ledger
from remit.services.budgets import budget_of
from remit.services.queries import find_run
from remit.storage.locate import read_state
from remit.system.clock import now_us


@click.command("budget")
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def command(run: str, as_json: bool) -> None:
    """Show how much of its limits a run has used, as its record stands.

    RUN is a run id, the start of one, or "last". A bar shows what is used, what is held for
    answers under way, and where the soft line is. In brackets stands who counts it.

    \b
    remit budget last
    remit extend last --spend 1 --reason "one file is left" --evidence "parser tests pass"
    """
    with open_ledger(read_state(os.environ)) as ledger:
        if ledger is None:
            raise UsageError("there are no runs yet", "start one: remit run CONTRACT -- claude …")
        budget = budget_of(ledger, find_run(ledger, run).run, now_us())
    if as_json:
        print_json(budget_json(budget))
        return
    plain = "utf" not in (sys.stdout.encoding or "").lower()
    width = shutil.get_terminal_size().columns
    lines = budget_lines(budget, width, plain)
    print_lines(click.style(text, fg=colour) if colour else text for text, colour in lines)
