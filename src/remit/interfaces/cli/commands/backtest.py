"""``remit backtest``: what recorded sessions would have been under a contract."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import click

from remit.adapters.agents.recorded import RECORDED
from remit.codec.contract import dump, freeze, parse
from remit.codec.toml import MAX_BYTES, decode
from remit.errors import UsageError
from remit.interfaces.cli.commands.scan import FORMATS, found_at, progress
from remit.interfaces.cli.output import print_json, print_note, print_text
from remit.model.backtest import BacktestReport
from remit.services.backtest.backtest import Backtest, Proposed, Recorded
from remit.services.scan.prices import load_prices
from remit.system.documents import read_document


@click.command("backtest")
@click.argument("contract", type=click.Path(path_type=Path))
@click.argument("sessions", required=False, type=click.Path(path_type=Path))
@click.option(
    "--since", type=click.DateTime(FORMATS), help="Only sessions active on this day or later."
)
@click.option("--project", default="", help="Only projects whose path holds this.")
@click.option("--prices", type=click.Path(path_type=Path), help="Your own prices, in TOML.")
@click.option("--suggest", type=click.Path(path_type=Path), help="Write the suggested draft here.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def command(
    contract: Path,
    sessions: Path | None,
    since: datetime | None,
    project: str,
    prices: Path | None,
    suggest: Path | None,
    as_json: bool,
) -> None:
    """Say what recorded sessions would have been under CONTRACT: asked, denied, stopped.

    Reads only, and runs nothing. Without SESSIONS the folders where agents keep theirs.

    \b
    Exit codes: 0 there is a report, 2 nothing to read, 4 the contract does not hold.

    \b
    remit backtest fix-parser.toml
    remit backtest fix-parser.toml --project shop --suggest better.toml
    """
    proposed = _proposed(contract)
    day = f"{since:%Y-%m-%d}" if since else ""
    recorded = Recorded(found_at(sessions), day, project)
    if suggest is not None and suggest.exists():
        raise UsageError(f"{suggest} is there already", "name a file that is not")
    backtest = Backtest(proposed, recorded, load_prices(os.environ, prices), RECORDED)
    report = backtest.run(progress(len(recorded.found)))
    _show(report, as_json)
    if suggest is not None:
        _write(report, suggest)


def _proposed(path: Path) -> Proposed:
    data = read_document(path, MAX_BYTES)
    if data is None:
        raise UsageError(f"there is no file {path}", 'draft one: remit new "GOAL" --output FILE')
    contract = parse(decode(data, str(path)), str(path))
    return Proposed(contract, str(path), freeze(contract)[1])


def _show(report: BacktestReport, as_json: bool) -> None:
    """Only what is printed is loaded."""
    if as_json:
        from remit.adapters.render.backtest import backtest_json

        print_json(backtest_json(report))
    else:
        from remit.adapters.render.backtest_terminal import account

        print_text(account(report))


def _write(report: BacktestReport, path: Path) -> None:
    changes = report.suggestion.changes
    header = [
        f"Drafted by remit backtest from {len(report.sessions)} recorded sessions.",
        "It permits nothing until a person starts a run with it.",
        *(f"{change.line}: {change.why}" for change in changes),
    ]
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(dump(report.suggestion.draft, header))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "name a file that can be written") from None
    print_note(f"written: {path}; read it, then: remit check {path}")
