"""``remit demo``: the main job, on a repository made for it."""

from __future__ import annotations

import click

from remit.interfaces.cli.exits import Exit, verdict_exit
from remit.interfaces.cli.output import print_json, print_text


@click.command("demo")
@click.option(
    "--client",
    type=click.Choice(["scripted", "claude"]),
    default="scripted",
    help="Who plays the agent: our own script, or the real Claude Code with a scripted model.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(client: str, as_json: bool) -> Exit:
    """Watch a governed run from contract to packet.

    A small repository with a failing parser test is made, a contract is frozen, an agent
    works under it, tries three ways out of its scope, is held, and repairs the bug.
    """
    from remit.interfaces.demo.play import play

    played = play(client, quiet=as_json)
    if as_json:
        print_json(played.json)
    else:
        print_text(played.account + "\n")
    return verdict_exit(played.verdict)
