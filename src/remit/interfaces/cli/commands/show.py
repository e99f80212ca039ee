"""``remit show``: a readable account of one run."""

from __future__ import annotations

import os

import click

from remit import __version__
from remit.adapters.render.terminal import account, fit
from remit.interfaces.cli.output import columns, print_lines, print_text
from remit.interfaces.cli.stored import made_ledger
from remit.services.queries import find_run, packet_of
from remit.storage.locate import read_state
from remit.system.clock import now_us


@click.command("show")
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="Print what is shown as JSON: the packet.")
def command(run: str, as_json: bool) -> None:
    """Show one run: what was asked, what was held and why, what the checks say.

    RUN is a run id, the start of one, or "last".

    \b
    remit show last
    """
    state = read_state(os.environ)
    with made_ledger(state) as ledger:
        found = find_run(ledger, run).run
        stored = packet_of(ledger, state, found, now_us=now_us(), version=__version__)
    if as_json:
        print_text(stored.data.decode())
    else:
        print_lines(fit(account(stored.packet), columns()).splitlines())
