"""``remit check``: whether a contract is ready, with every problem at once."""

from __future__ import annotations

from pathlib import Path

import click

from remit.adapters.render.contract import screen_lines
from remit.adapters.render.problems import readiness_json, readiness_lines
from remit.codec.toml import MAX_BYTES, decode
from remit.errors import InvalidDocument, UsageError
from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.output import print_json, print_lines
from remit.interfaces.cli.place import here_if_any
from remit.services.readiness import Readiness, Setting, judge_text, unreadable
from remit.services.workplace import policy_in_force
from remit.system.documents import read_document


@click.command("check")
@click.argument("contract", type=click.Path(path_type=Path))
@click.option("--accept-base", default="", help="In CI: the branch whose policy is accepted.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def command(contract: Path, accept_base: str, as_json: bool) -> Exit:
    """Say whether a contract is ready, with every problem at once.

    \b
    Exit codes: 0 ready, 4 not ready.

    \b
    remit check fix-parser.toml
    """
    readiness = _judged(contract, accept_base)
    if as_json:
        print_json(readiness_json(readiness))
    else:
        print_lines(readiness_lines(readiness, str(contract)))
    return Exit.YES if readiness.ready else Exit.INVALID


def _judged(path: Path, accept_base: str) -> Readiness:
    data = read_document(path, MAX_BYTES)
    if data is None:
        raise UsageError(f"there is no file {path}", 'draft one: remit new "GOAL" --output FILE')
    try:
        text = decode(data, str(path))
    except InvalidDocument as error:
        return unreadable(error)
    return judge_text(text, str(path), setting_here(accept_base))


def setting_here(accept_base: str) -> Setting:
    """What contracts are judged in at the current directory."""
    place = here_if_any()
    if place is None:
        return Setting(measure=screen_lines)
    merged = policy_in_force(place, accept_base)
    return Setting(place.files, merged, place.user, screen_lines)
