"""``remit revoke``: the end of a grant before its time."""

from __future__ import annotations

import click

from remit.interfaces.cli.live import run_of
from remit.interfaces.cli.output import print_text


@click.command("revoke")
@click.argument("grant")
@click.option("--reason", default="revoked by a person", help="Why; kept in the record.")
def command(grant: str, reason: str) -> None:
    """Revoke a grant: what it covered is held again from now on.

    \b
    remit revoke k7m2-g1
    """
    run_of(grant).tell({"do": "revoke", "subject": grant, "reason": reason})
    print_text(f"revoked {grant}")
