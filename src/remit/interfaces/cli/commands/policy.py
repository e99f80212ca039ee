"""``remit policy``: the policy in force, its schema, and accepting a repository's."""

from __future__ import annotations

import click

from remit.adapters.render.policy import origin_lines, pending_text, policy_json, policy_lines
from remit.codec import contract_schema, policy_file
from remit.codec.schema import schema_text
from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.output import print_json, print_lines, print_text
from remit.interfaces.cli.place import here, require_person
from remit.services.acceptance import accept
from remit.services.workplace import policy_in_force, unaccepted
from remit.system.clock import now_us


@click.group("policy")
def command() -> None:
    """Show the policy in force and where each line comes from."""


@command.command("show")
@click.option("--origin", is_flag=True, help="Show the layer, file and line of each line.")
@click.option("--accept-base", default="", help="In CI: the branch whose policy is accepted.")
@click.option("--json", "as_json", is_flag=True, help="Print the policy as JSON.")
def show(origin: bool, accept_base: str, as_json: bool) -> Exit:
    """Print the policy that binds contracts here.

    \b
    remit policy show --origin
    """
    place = here()
    merged = policy_in_force(place, accept_base)
    waiting = unaccepted(place, accept_base)
    if as_json:
        print_json(policy_json(merged, waiting))
        return Exit.YES
    print_lines(origin_lines(merged) if origin else policy_lines(merged))
    for item in waiting:
        print_text(f"not in force: {item.file.path} is not accepted on this machine")
        print_text("next: remit policy accept")
    return Exit.YES


@command.command("accept")
def accept_here() -> Exit:
    """Read what changed in this repository's policy and accept it on this machine."""
    place = here()
    waiting = unaccepted(place)
    if not waiting:
        print_text("nothing to accept")
        return Exit.YES
    require_person()
    for item in waiting:
        print_text(pending_text(item))
        if not click.confirm("accept this text on this machine?", default=False):
            return Exit.NO
    files = [item.file for item in waiting]
    by = place.user or "unknown"
    accept(place.store, place.repository.key, files, by, "terminal", now_us())
    return Exit.YES


@command.command("schema")
@click.argument("which", type=click.Choice(["contract", "policy"]))
def schema(which: str) -> Exit:
    """Print the JSON Schema of contract or policy files."""
    made = contract_schema.json_schema() if which == "contract" else policy_file.json_schema()
    print_text(schema_text(made))
    return Exit.YES
