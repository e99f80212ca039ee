"""``remit runs``: every run in one line. Starts without what reads contracts and packets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import click

from remit.adapters.render.escape import terminal
from remit.interfaces.cli.output import columns, print_json, print_lines
from remit.interfaces.cli.stored import open_ledger
from remit.storage.ledger import RunSummary
from remit.storage.locate import read_state

WIDTH = 80
"""Where no terminal shows them."""


@click.command("runs")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, help="At most so many runs.")
@click.option("--json", "as_json", is_flag=True, help="Print the runs as JSON.")
def command(limit: int, as_json: bool) -> None:
    """List runs, newest first.

    \b
    remit runs
    remit show last
    """
    with open_ledger(read_state(os.environ)) as ledger:
        runs = ledger.runs() if ledger else ()
    if as_json:
        print_json({"runs": [_json(summary) for summary in runs[:limit]], "total": len(runs)})
    else:
        print_lines(_lines(runs, limit, columns(WIDTH)))


def _json(summary: RunSummary) -> dict[str, str | int]:
    return {
        "run": summary.run,
        "started_us": summary.started_us,
        "last_us": summary.last_us,
        "entries": summary.entries,
        "goal": summary.goal,
        "root": summary.root,
        "phase": summary.phase,
        "calls": summary.calls,
        "held": summary.held,
    }


def _lines(runs: tuple[RunSummary, ...], limit: int, width: int) -> Iterator[str]:
    for summary in runs[:limit]:
        started = datetime.fromtimestamp(summary.started_us / 1_000_000, UTC)
        held = f"  [{summary.held} held]" if summary.held else ""
        about = f"{summary.phase:<9}  {terminal(summary.goal)}{held}"
        line = f"{summary.run}  {started:%m-%d %H:%M}  {about}"
        yield line if len(line) <= width else f"{line[: width - 1]}…"
    if len(runs) > limit:
        yield f"and {len(runs) - limit} more: remit runs --limit {len(runs)}"
    if not runs:
        yield 'No runs yet. next: remit run "GOAL" -- claude -p "GOAL"'
