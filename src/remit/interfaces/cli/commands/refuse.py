"""``remit refuse``: a person's no to one request."""

from __future__ import annotations

import click

from remit.interfaces.cli.live import print_next, run_of
from remit.interfaces.cli.output import print_text


@click.command("refuse")
@click.argument("request")
@click.option("--reason", required=True, help="Why; the agent reads it.")
def command(request: str, reason: str) -> None:
    """Refuse one request; the agent is told why, and the same is not asked for again.

    \b
    remit refuse k7m2-1 --reason "use the local fixture"
    """
    answer = run_of(request).tell({"do": "refuse", "subject": request, "reason": reason})
    print_text(f"refused {request}")
    print_next(answer)
