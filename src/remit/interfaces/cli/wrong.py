"""``remit explain --wrong``: a person says that a decision of a run was wrong, and why."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from remit.adapters.render.escape import terminal
from remit.errors import UsageError
from remit.interfaces.cli.live import Answering, open_runs
from remit.interfaces.cli.output import print_json, print_lines, print_text
from remit.interfaces.cli.parked import ClosedRun
from remit.interfaces.cli.stored import open_ledger
from remit.model.record import RunRecord, gather
from remit.services.marks import Markable, find_call, mark_message, markable, markable_json
from remit.services.queries import find_run
from remit.storage.locate import read_state


def list_calls(run: str, *, as_json: bool) -> None:
    """Print the decided calls of ``run`` by the names they are marked by, held ones first."""
    record = _record(run)
    calls = sorted(markable(record), key=lambda one: not one.held)
    if as_json:
        print_json({"run": record.run, "calls": [markable_json(one) for one in calls]})
    else:
        print_lines(_lines(record.run, calls))


def mark_wrong(run: str, call: str, reason: str, *, as_json: bool) -> None:
    """Record that the decision on ``call`` was wrong; raises where no person says so."""
    record = _record(run)
    found = find_call(record, call)
    if not reason.strip():
        raise UsageError("a mark needs a reason", 'add --reason "…"')
    answer = _of(record.run).tell(mark_message(found.call, reason))
    if as_json:
        print_json({"run": record.run, "by": answer.get("by"), **markable_json(found)})
        return
    what = "held" if found.held else "let through"
    print_text(f"marked wrong: {found.call} was {what} [{terminal(found.rule or 'no rule')}]")
    print_text("no decision, grant or verdict changes; count them: remit stats")


def _record(run: str) -> RunRecord:
    with open_ledger(read_state(os.environ)) as ledger:
        if ledger is None:
            raise UsageError("there are no runs yet", 'start one: remit run "GOAL" -- claude …')
        found = find_run(ledger, run).run
        return gather(found, ledger.recorded(found))


def _of(run: str) -> Answering:
    return next((live for live in open_runs() if live.run == run), ClosedRun(run))


def _lines(run: str, calls: list[Markable]) -> Iterator[str]:
    for one in calls:
        verdict = click.style("held", fg="red") if one.held else "let through"
        rule = f" [{terminal(one.rule)}]" if one.rule else ""
        yield f"{terminal(one.call)}  {verdict}: {terminal(f'{one.tool} {one.subject}')}{rule}"
        if one.marked:
            yield f"  marked wrong: {terminal(one.marked)}"
    if not calls:
        yield "Nothing was decided in this run."
    else:
        yield f'next: remit explain --wrong {run} CALL --reason "…"'
