"""``remit init``: look at this repository and write its policy."""

from __future__ import annotations

import click

from remit.adapters.render.escape import terminal
from remit.errors import UsageError
from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.output import print_json, print_lines, print_text
from remit.interfaces.cli.place import here, is_person
from remit.model.facts import Facts
from remit.model.json import JsonObject
from remit.services.acceptance import RepositoryFile, accept
from remit.services.policies import POLICY_PATH
from remit.services.policy_text import policy_text
from remit.services.workplace import Workplace, facts_of
from remit.system.clock import now_us
from remit.system.documents import replace_document, write_document


@click.command("init")
@click.option("--yes", is_flag=True, help="Write without asking.")
@click.option("--force", is_flag=True, help="Replace a policy that stands there.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON; ask nothing.")
def command(yes: bool, force: bool, as_json: bool) -> Exit:
    """Look at this repository and write .remit/policy.toml. Reads files, runs nothing.

    Without a terminal, and with --json, nothing is written unless --yes is given too.
    """
    place = here()
    facts = facts_of(place)
    path = place.repository.root / POLICY_PATH
    if as_json:
        written = _write(place, facts, force, "--yes") if yes else False
        print_json(_facts_json(facts, written))
        return Exit.YES
    print_lines(_found_lines(facts))
    if not yes and not is_person():
        raise UsageError("nobody is here to agree, so nothing was written", "remit init --yes")
    if not yes and not click.confirm(f"write {path}?", default=True):
        print_text("nothing written")
        return Exit.NO
    _write(place, facts, force, "--yes" if yes else "terminal")
    print_text(f"wrote {POLICY_PATH}; it counts once it is committed:")
    print_text(f"next: git add {POLICY_PATH} && git commit -m 'Add a Remit policy'")
    return Exit.YES


def _write(place: Workplace, facts: Facts, force: bool, how: str) -> bool:
    """Write the policy; what a person wrote here is accepted here as it stands."""
    text = policy_text(facts)
    write = replace_document if force else write_document
    write(place.repository.root / POLICY_PATH, text)
    by = place.user or "unknown"
    files = (RepositoryFile(POLICY_PATH, text),)
    accept(place.store, place.repository.key, files, by, f"remit init ({how})", now_us())
    return True


def _found_lines(facts: Facts) -> list[str]:
    lines = [f"found     {terminal(f.what)} ({terminal(f.source)})" for f in facts.found]
    lines += [f"check     {terminal(known.check.command)}" for known in facts.checks[:1]]
    lines += [f"prepare   {terminal(facts.prepare)}"] if facts.prepare else []
    lines += [f"share     {terminal(', '.join(facts.share))}"] if facts.share else []
    lines += [f"artifacts {terminal(', '.join(facts.artifacts))}"] if facts.artifacts else []
    if not facts.checks:
        lines.append("check     none found; the policy shows where to name one")
    if facts.areas:
        lines.append(f"reviewers {len(facts.areas)} areas from CODEOWNERS")
    return lines


def _facts_json(facts: Facts, written: bool) -> JsonObject:
    return {
        "found": [{"what": found.what, "source": found.source} for found in facts.found],
        "checks": [
            {"name": known.check.name, "command": known.check.command, "targeted": known.targeted}
            for known in facts.checks
        ],
        "source_folders": list(facts.source_folders),
        "test_folders": list(facts.test_folders),
        "prepare": facts.prepare,
        "share": list(facts.share),
        "artifacts": list(facts.artifacts),
        "policy": POLICY_PATH if written else None,
    }
