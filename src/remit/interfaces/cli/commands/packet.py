"""``remit packet``: the review packet of a run, as a page, Markdown, JSON or its place."""

from __future__ import annotations

import os
from pathlib import Path

import click

from remit import __version__
from remit.adapters.render.html import page
from remit.adapters.render.markdown import comment
from remit.adapters.render.views import HTML_FILE, JSON_FILE, save, views_of
from remit.interfaces.cli.output import print_text
from remit.interfaces.cli.stored import made_ledger
from remit.services.queries import Stored, find_run, packet_of
from remit.storage.locate import read_state
from remit.system.clock import now_us

_VIEWS = {"md": comment, "html": page}


@click.command("packet")
@click.argument("run")
@click.option("--open", "wants_open", is_flag=True, help="Open the page in a browser.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["md", "json", "html", "path"]),
    default="md",
    help="Markdown (the default), JSON, HTML, or where the JSON lies.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def command(run: str, wants_open: bool, form: str, as_json: bool) -> None:
    """Print or open the review packet of a run.

    RUN is a run id, the start of one, or "last". A stopped, failed or running run has a packet
    too: it says what is missing.

    \b
    remit packet last --open
    remit packet last --format md > comment.md
    """
    state = read_state(os.environ)
    with made_ledger(state) as ledger:
        found = find_run(ledger, run).run
        stored = packet_of(ledger, state, found, now_us=now_us(), version=__version__)
    if as_json or form == "json":
        print_text(stored.data.decode())
    elif wants_open:
        _open(_saved(stored, state.run(found)) / HTML_FILE)
    elif form == "path":
        click.echo(_saved(stored, state.run(found)) / JSON_FILE)
    else:
        print_text(_VIEWS[form](stored.packet))


def _saved(stored: Stored, directory: Path) -> Path:
    """Where the packet's files lie; one that is not recorded yet never stands beside the real."""
    if not stored.recorded:
        directory = directory / "unfinished"
    if not stored.recorded or not (directory / HTML_FILE).exists():
        save(views_of(stored.packet), directory)
    return directory


def _open(file: Path) -> None:
    click.echo(file)
    click.launch(file.as_uri())
