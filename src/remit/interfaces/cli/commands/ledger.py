"""``remit ledger``: is the record still what was written, and who signed what in it?"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import click

from remit.adapters.render.escape import terminal
from remit.errors import IntegrityError, UsageError
from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.output import print_json, print_lines
from remit.interfaces.cli.stored import open_ledger
from remit.model.chain import Break
from remit.model.ids import RunId, is_run_id
from remit.model.json import JsonObject
from remit.model.record import gather
from remit.services.audit import NOTHING, Audit, unreadable, verify
from remit.services.queries import find_run
from remit.services.signature_proofs import Proof, write_proofs
from remit.storage.ledger import Ledger
from remit.storage.locate import read_state


@click.group("ledger")
def command() -> None:
    """Verify the run ledger, and what people signed in it."""


@command.command("verify")
@click.argument("run", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def verify_command(run: str | None, as_json: bool) -> Exit:
    """Verify the hash chain of RUN, or of every run.

    Finds changed, dropped, moved and inserted entries and a damaged file. Whoever owns the file
    can rewrite it whole; the head in a packet kept elsewhere shows that.

    \b
    Exit codes: 0 intact, 5 broken.

    \b
    remit ledger verify
    remit ledger verify last --json
    """
    audit = _audit(run)
    if as_json:
        print_json(_json(audit))
    else:
        print_lines(_lines(audit))
    return Exit.YES if audit.intact else Exit.INTEGRITY


def _audit(run: str | None) -> Audit:
    try:
        with open_ledger(read_state(os.environ)) as ledger:
            if ledger is None:
                return _nothing(run)
            return verify(ledger, _named(ledger, run))
    except IntegrityError as error:
        return unreadable(error)


def _nothing(run: str | None) -> Audit:
    if run is None:
        return NOTHING
    raise UsageError(f"there is no run {run[:40]!r}", "there is no ledger here yet")


def _named(ledger: Ledger, run: str | None) -> RunId | None:
    """The run meant; None for all."""
    if run is None:
        return None
    if is_run_id(run) and ledger.head(RunId(run))[0]:
        return RunId(run)
    return find_run(ledger, run).run


def _json(audit: Audit) -> JsonObject:
    return {
        "intact": audit.intact,
        "runs": audit.runs,
        "entries": audit.entries,
        "breaks": [{"run": b.run, "version": b.version, "what": b.what} for b in audit.breaks],
    }


def _lines(audit: Audit) -> Iterator[str]:
    for broken in audit.breaks:
        yield terminal(_place(broken))
    state = "intact" if audit.intact else f"NOT intact ({len(audit.breaks)} broken)"
    yield f"{state}: {audit.runs} runs, {audit.entries} entries"


def _place(broken: Break) -> str:
    if not broken.run:
        return f"the ledger: {broken.what}"
    return f"run {broken.run}, entry {broken.version}: {broken.what}"


@command.command("signatures")
@click.argument("run")
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path), help="Where to.")
def signatures_command(run: str, folder: Path) -> Exit:
    """Write the signed answers of RUN as files, and how OpenSSH verifies each.

    \b
    remit ledger signatures last --to proofs
    """
    with open_ledger(read_state(os.environ)) as ledger:
        if ledger is None:
            raise UsageError(f"there is no run {run[:40]!r}", "there is no ledger here yet")
        found = find_run(ledger, run).run
        proofs = write_proofs(gather(found, ledger.recorded(found)), folder)
    if not proofs:
        print_lines([f"nobody signed anything in run {found}"])
        return Exit.NO
    print_lines(_proof(proof) for proof in proofs)
    return Exit.YES


def _proof(proof: Proof) -> str:
    return f"{shlex.join(proof.command)} < {shlex.quote(str(proof.statement))}"
