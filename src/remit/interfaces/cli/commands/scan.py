"""``remit scan``: what past sessions cost, read where they lie."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from remit.errors import UsageError
from remit.interfaces.cli.output import print_json, print_text
from remit.model.scan import ScanReport
from remit.services.scan.find import Found, default_places, find
from remit.services.scan.prices import load_prices
from remit.services.scan.report import Filter
from remit.services.scan.scan import Scan, scan
from remit.storage.locate import read_state
from remit.storage.scan_index import open_index

FORMATS = ["%Y-%m-%d"]


@click.command("scan")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--since", type=click.DateTime(FORMATS), help="Only from this day on.")
@click.option("--project", default="", help="Only projects whose path holds this.")
@click.option("--prices", type=click.Path(path_type=Path), help="Your own prices, in TOML.")
@click.option("--json", "form", flag_value="json", help="Print the report as JSON.")
@click.option("--csv", "form", flag_value="csv", help="Print a row for each day, project, model.")
@click.option("--html", "form", flag_value="html", help="Print a page that needs nothing else.")
def command(
    path: Path | None,
    since: datetime | None,
    project: str,
    prices: Path | None,
    form: str | None,
) -> None:
    """Say what past sessions of Claude Code, Codex and Gemini CLI cost, and what went into loops.

    Reads only. Without PATH the folders where these agents keep their sessions.

    \b
    remit scan
    remit scan --since 2026-11-01 --project shop
    remit scan --html > report.html
    """
    chosen = Filter(f"{since:%Y-%m-%d}" if since else "", project)
    found = found_at(path)
    wanted = Scan(found, load_prices(os.environ, prices), chosen)
    with open_index(read_state(os.environ)) as index:
        report = scan(wanted, index, progress(len(found)))
    _show(report, form)


def _show(report: ScanReport, form: str | None) -> None:
    """Only what is printed is loaded."""
    match form:
        case "json":
            from remit.adapters.render.scan import scan_json

            print_json(scan_json(report))
        case "csv":
            from remit.adapters.render.scan_csv import scan_csv

            print_text(scan_csv(report))
        case "html":
            from remit.adapters.render.scan_page import page

            print_text(page(report))
        case _:
            from remit.adapters.render.scan_terminal import account

            print_text(account(report))


def found_at(path: Path | None) -> tuple[Found, ...]:
    """The transcripts at ``path``, or where agents keep theirs."""
    if path is not None:
        return find(path)
    places = [place for place in default_places(os.environ) if place.exists()]
    if not places:
        raise UsageError(
            "no sessions of Claude Code, Codex or Gemini CLI are here",
            "name their folder: remit scan PATH",
        )
    return tuple(found for place in places for found in find(place))


def progress(files: int) -> Callable[[int], None]:
    """One line on standard error that is written over and taken away at the end."""
    if not sys.stderr.isatty() or files < 50:
        return lambda begun: None

    def show(begun: int) -> None:
        if begun % 25 == 0:
            click.echo(f"\rreading {begun} of {files} files\r", err=True, nl=False)
        if begun + 1 >= files:
            click.echo(f"\r{' ' * 40}\r", err=True, nl=False)

    return show
