"""``remit gate``: one packet, one commit, one verdict, one exit code."""

from __future__ import annotations

import os
from pathlib import Path

import click

from remit.adapters.render.json_view import verdict_json
from remit.adapters.render.terminal import verdict_lines
from remit.adapters.render.wording import control_word
from remit.interfaces.cli.exits import Exit, verdict_exit
from remit.interfaces.cli.output import print_json, print_lines
from remit.interfaces.cli.stored import open_ledger
from remit.model.json import JsonObject
from remit.services.gate import GateResult, judge_packet
from remit.storage.locate import read_state
from remit.system.git import open_repository


@click.command("gate")
@click.option(
    "--packet", "packet_path", type=click.Path(path_type=Path), required=True, help="packet.json"
)
@click.option("--commit", required=True, help="The commit to judge: an id, a branch or a tag.")
@click.option(
    "--repository",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Where the commit lives; the current directory by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
def command(packet_path: Path, commit: str, directory: Path, as_json: bool) -> Exit:
    """Judge a packet against a commit.

    \b
    Exit codes: 0 pass, 1 fail, 6 cannot say, 5 the ledger was tampered with,
    4 not a packet, 2 usage. In CI everything but 0 blocks.

    \b
    remit gate --packet packet.json --commit "$GITHUB_SHA"
    """
    state = read_state(os.environ)
    repository = open_repository(directory, state.repository)
    with open_ledger(state) as ledger:
        result = judge_packet(packet_path, commit, repository, ledger)
    if as_json:
        print_json(gate_json(result))
    else:
        packet = result.packet
        risk, control = packet.risk.value, control_word(packet)
        print_lines(verdict_lines(result.verdict, risk, control))
    return Exit.INTEGRITY if result.broken else verdict_exit(result.verdict.outcome)


def gate_json(result: GateResult) -> JsonObject:
    """``{"verdict", "run", "commit", "packet", "ledger"}``."""
    broken = result.broken
    place = f"entry {broken.version}: {broken.what}" if broken else ""
    return {
        "verdict": verdict_json(result.verdict),
        "run": result.packet.run,
        "commit": result.commit,
        "packet": result.digest,
        "ledger": {"standing": result.ledger.value, "broken_at": place},
    }
