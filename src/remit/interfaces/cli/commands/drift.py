"""``remit drift``: what runs may do more than before, and who decided that."""

from __future__ import annotations

import json
import os
from functools import cache

import click

from remit.adapters.agents.claude_code.allowances import allowances
from remit.adapters.render.drift import drift_json, drift_lines, widening_line
from remit.errors import RemitError
from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.output import print_json, print_lines, print_text
from remit.interfaces.cli.place import here, require_person
from remit.interfaces.cli.stored import open_ledger
from remit.model.digest import digest_of
from remit.model.drift import Drift, Permission
from remit.services.drift import Question, drift
from remit.services.workplace import Workplace
from remit.storage.accepted import Accepted
from remit.storage.ledger import Ledger
from remit.storage.locate import read_state
from remit.system.clock import now_us
from remit.system.documents import read_document
from remit.system.peers import require_person_here

DOCUMENT = "drift"
"""Under this name it is kept which widenings a person decided on afterwards."""
MAX_SETTINGS = 1024 * 1024


@click.command("drift")
@click.option(
    "--accept", "accepts", is_flag=True, help="Decide on what nobody decided, one by one."
)
@click.option("--json", "as_json", is_flag=True, help="Print the widenings as JSON.")
def command(accepts: bool, as_json: bool) -> Exit:
    """List what runs of this repository were permitted beyond the runs before them.

    Each widening comes with the recorded decision that covers it: a key at the terminal, an
    accepted contract or policy, a grant, or a decision made afterwards with --accept. The same
    granted three times is a standing permission that nobody decided. What .claude/settings.json
    and .claude/settings.local.json permit beyond the first run counts as well.

    \b
    Exit codes: 0 every widening has a decision, 1 one has none, 5 a record is not what was written.

    \b
    remit drift
    remit drift --accept
    """
    place = here()
    with open_ledger(read_state(os.environ)) as ledger:
        name = place.repository.remote
        found = drift(ledger, _question(place)) if ledger else Drift(name, 0, "", ())
        if accepts:
            return _decide(place, ledger, found)
    if as_json:
        print_json(drift_json(found))
    else:
        print_lines(drift_lines(found))
    return Exit.NO if found.uncovered else Exit.YES


def _question(place: Workplace) -> Question:
    @cache
    def permitted(commit: str) -> tuple[Permission, ...]:
        if commit and not place.repository.commit_exists(commit):
            raise RemitError(f"commit {commit[:12]} is gone")
        if commit:
            return allowances(lambda path: place.repository.read_file(commit, path))
        root = place.repository.root
        return allowances(lambda path: read_document(root / path, MAX_SETTINGS))

    repository = place.repository
    root = str(repository.root)
    return Question(repository.remote, root, permitted, _accepted(place), now_us())


def _accepted(place: Workplace) -> dict[str, str]:
    known = place.store.find(place.repository.key, DOCUMENT)
    if known is None or known.how != "terminal":
        return {}
    value = json.loads(known.text)
    return {str(key): str(said) for key, said in value.items()}


def _decide(place: Workplace, ledger: Ledger | None, found: Drift) -> Exit:
    """Ask a person about each widening that nobody decided on."""
    if not found.uncovered or ledger is None:
        print_text("nothing to decide")
        return Exit.YES
    require_person()
    leases = [lease for lease in ledger.leases() if ledger.is_live(lease)]
    require_person_here([lease.holder.pid for lease in leases], DOCUMENT)
    by, decided = place.user or "unknown", _accepted(place)
    for one in found.uncovered:
        print_text(widening_line(one))
        if not click.confirm("is this meant to be permitted?", default=False):
            return Exit.NO
        decided[one.permission.key] = f"{by}, afterwards (terminal)"
    text = json.dumps(decided, indent=1, sort_keys=True)
    kept = Accepted(digest_of(text.encode()), text, by, "terminal", now_us())
    place.store.remember(place.repository.key, {DOCUMENT: kept})
    print_text(f"decided: {len(found.uncovered)}")
    return Exit.YES
