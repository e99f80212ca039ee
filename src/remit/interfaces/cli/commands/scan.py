"""``remit scan``: what past sessions cost, read where they lie."""

from __future__ import annotations

import os
from pathlib import Path

import click

from remit.adapters.render.scan import scan_json
from remit.errors import UsageError
from remit.interfaces.cli.output import print_json
from remit.services.scan.find import Found, default_places, find
from remit.services.scan.prices import load_prices
from remit.services.scan.report import Filter
from remit.services.scan.scan import Scan, scan


@click.command("scan")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--prices", type=click.Path(path_type=Path), help="Your own prices, in TOML.")
@click.option("--json", "as_json", is_flag=True, required=True, help="Print the report as JSON.")
def command(path: Path | None, prices: Path | None, as_json: bool) -> None:
    """Say what past sessions of Claude Code cost.

    Reads only. Without PATH the folders where Claude Code keeps its sessions.

    \b
    remit scan --json
    remit scan ~/.claude/projects --json
    """
    table = load_prices(os.environ, prices)
    print_json(scan_json(scan(Scan(_found(path), table, Filter()))))


def _found(path: Path | None) -> tuple[Found, ...]:
    if path is not None:
        return find(path)
    places = [place for place in default_places(os.environ) if place.exists()]
    if not places:
        raise UsageError(
            "no sessions of Claude Code are here", "name their folder: remit scan PATH"
        )
    return tuple(found for place in places for found in find(place))
