"""``remit doctor``: does each layer hold here, now?"""

from __future__ import annotations

import os

import click

from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.output import print_json, print_lines
from remit.model.diagnosis import Diagnosis


@click.command("doctor")
@click.option(
    "--client",
    type=click.Choice(["claude", "scripted"]),
    help="Who plays the agent. Left out: Claude Code where it is on the PATH, else our script.",
)
@click.option("--agent", default="", metavar="PATH", help="A Claude Code that is not on the PATH.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(client: str | None, agent: str, as_json: bool) -> Exit:
    """Show that each layer is live on this machine, by things that must fail.

    In a temporary repository an agent tries to leave its scope by several routes; what holds
    it, what does not, and what mends it is printed, with every door that stays open. The model
    is a script on loopback: no login is used, nothing is sent, nothing is left behind.

    \b
    Exit codes: 0 every promised layer is live, 1 one is not, 6 one could not be tried.

    \b
    remit doctor
    REMIT_CONFINE=landlock remit doctor --client scripted
    """
    from remit.adapters.render.diagnosis import diagnosis_json, diagnosis_lines
    from remit.interfaces.doctor.examine import examine

    found = examine(client or "", agent, os.environ)
    if as_json:
        print_json(diagnosis_json(found))
    else:
        print_lines(diagnosis_lines(found))
    return _exit(found)


def _exit(found: Diagnosis) -> Exit:
    if not found.lacking:
        return Exit.YES
    return Exit.CANNOT_SAY if found.unproven else Exit.NO
