"""``remit rollback``: restore paths of a run from its snapshot."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator

import click

from remit.adapters.render.escape import json_text, terminal
from remit.errors import UsageError
from remit.interfaces.cli.desk import open_desk
from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.output import print_json, print_lines
from remit.services.queries import find_run
from remit.services.restore import Action, Step
from remit.services.rollback import Rollback, open_rollback, open_undo
from remit.storage.blobs import BlobStore

_WORDS = {
    Action.WRITE: "write back",
    Action.REMOVE: "remove",
    Action.MODE: "permissions",
    Action.NOTHING: "as it was",
    Action.REFUSE: "not restored",
}


@click.command("rollback")
@click.argument("run")
@click.option("--paths", multiple=True, metavar="PATH", help="Exactly this path; repeatable.")
@click.option("--undo", is_flag=True, help="Take the last rollback of this run back.")
@click.option("--preview", is_flag=True, help="Only say what would be done.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print the steps as JSON.")
def command(
    run: str, paths: tuple[str, ...], undo: bool, preview: bool, yes: bool, as_json: bool
) -> Exit:
    """Restore what a run changed outside its scope, from the snapshot taken before it.

    What stands there now is kept first: --undo brings it back.

    \b
    remit rollback 261122-k7m2q9xw --preview
    remit rollback 261122-k7m2q9xw --paths src/app.py
    """
    if undo and paths:
        raise UsageError("--undo takes back a whole rollback", "leave out --paths")
    with open_desk() as desk, BlobStore.open(desk.state.blobs) as store:
        opened = open_undo if undo else None
        run = find_run(desk.ledger, run).run
        rollback = opened(desk, run, store) if opened else open_rollback(desk, run, paths, store)
        if preview:
            _print(run, rollback.preview(), "preview", as_json)
            return Exit.YES
        _confirm(rollback, yes, as_json)
        steps = rollback.carry_out(f"{getpass.getuser()} (remit rollback)")
        _print(run, steps, "done", as_json)
    return Exit.NO if any(step.action is Action.REFUSE for step in steps) else Exit.YES


def _confirm(rollback: Rollback, yes: bool, as_json: bool) -> None:
    if yes:
        return
    if as_json or not sys.stdin.isatty():
        raise UsageError("nobody is here to agree to this", "add --yes, or look: --preview")
    print_lines(_lines(rollback.preview()))
    click.confirm("Restore exactly these?", default=False, abort=True)


def _print(run: str, steps: tuple[Step, ...], state: str, as_json: bool) -> None:
    if not as_json:
        print_lines(_lines(steps))
        if state == "done" and any(not step.path.startswith("/") for step in steps):
            print_lines([f"What stood there before is kept. next: remit rollback {run} --undo"])
        if state == "preview" and steps:
            print_lines([f"Nothing was done yet. next: remit rollback {run}"])
        return
    shown = [
        {"path": json_text(step.path), "action": step.action.value, "note": json_text(step.note)}
        for step in steps
    ]
    print_json({"run": run, "state": state, "steps": shown})


def _lines(steps: tuple[Step, ...]) -> Iterator[str]:
    for step in steps:
        note = f"  ({terminal(step.note)})" if step.note else ""
        yield f"{_WORDS[step.action]:<13} {terminal(step.path)}{note}"
    if not steps:
        yield "Nothing stands outside the scope of this run."
