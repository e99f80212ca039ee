"""``remit stats``: what runs cost people in attention, and which rules interrupt wrongly."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from remit.adapters.render.stats import stats_json, stats_lines
from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.output import print_json, print_lines
from remit.interfaces.cli.stored import open_ledger
from remit.services.stats import NOTHING, Chosen, stats
from remit.storage.locate import open_state, read_state
from remit.system.git import open_repository

FORMATS = ["%Y-%m-%d"]


@click.command("stats")
@click.option("--since", type=click.DateTime(FORMATS), help="Only runs of this day (UTC) or later.")
@click.option("--here", is_flag=True, help="Only runs of this repository.")
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def command(since: datetime | None, here: bool, as_json: bool) -> Exit:
    """Count runs, requests to people, their answers, and what they called wrong.

    Over the runs of this machine, from their records alone. Rules come with those first whose
    holds people marked wrong most often. A yes counts as given sooner than it can be read within
    2 seconds, or an eighth of a second for each word of what was asked for.

    \b
    Exit codes: 0 counted, 5 a run is left out because its record is not what was written.

    \b
    remit stats --since 2026-11-01
    remit explain --wrong last
    """
    since_us = int(since.replace(tzinfo=UTC).timestamp() * 1_000_000) if since else 0
    chosen = _here(since_us) if here else Chosen(since_us)
    with open_ledger(read_state(os.environ)) as ledger:
        found = stats(ledger, chosen) if ledger is not None else NOTHING
    if as_json:
        print_json(stats_json(found))
    else:
        print_lines(stats_lines(found))
    return Exit.INTEGRITY if found.broken else Exit.YES


def _here(since_us: int) -> Chosen:
    """The runs of this repository, also where it is called otherwise by now."""
    repository = open_repository(Path.cwd(), open_state(os.environ).repository)
    return Chosen(since_us, repository.remote, str(repository.root))
