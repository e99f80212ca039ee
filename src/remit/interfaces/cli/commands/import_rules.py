"""``remit import``: rules written for other tools, as the draft of a policy."""

from __future__ import annotations

import os
from pathlib import Path

import click

from remit.adapters.render.imports import account_line, draft_text, import_json
from remit.codec.policy_file import parse_policy
from remit.errors import UsageError
from remit.interfaces.cli.output import print_json, print_note, print_text
from remit.model.imports import Imported, Source
from remit.model.policy import PolicyLayer
from remit.services.imports.places import Look
from remit.services.imports.read import import_rules
from remit.system.documents import write_document


@click.command("import")
@click.argument("source", type=click.Choice([source.value for source in Source]))
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help="The file; it must be new.")
@click.option("--json", "as_json", is_flag=True, help="Print what became of each rule as JSON.")
def command(source: str, path: Path | None, out: Path | None, as_json: bool) -> None:
    """Draft a policy from rules written for Claude Code, dcg or cc-safety-net.

    PATH is one of its files, or a repository; without it the places where the tool itself reads.
    Nothing is put into force: the draft is printed, or written to a new file.

    \b
    Exit codes: 0 there is a draft, 2 nothing to import, 4 a file does not hold.

    \b
    remit import claude-settings --out .remit/policy.toml
    remit explain --policy .remit/policy.toml 'git push'
    """
    if path is not None and not path.exists():
        raise UsageError(f"there is no {path}", "name a file or a folder, or leave it out")
    if out is not None and (out.exists() or out.is_symlink()):
        raise UsageError(f"{out} is there already", "name a file that is not")
    imported = import_rules(Source(source), Look(path, Path.cwd(), os.environ))
    text = draft_text(imported)
    parse_policy(text, "the draft", PolicyLayer.REPOSITORY)  # what cannot be loaded is not shown
    if out is not None:
        write_document(out, text)
    if as_json:
        print_json(import_json(imported, text))
    elif out is None:
        print_text(text)
    _tell(imported, out)


def _tell(imported: Imported, out: Path | None) -> None:
    print_note(account_line(imported))
    weaker = sum(entry.weaker for entry in imported.entries)
    if weaker:
        print_note(f"held back less than before: {weaker}; they stand at the head of the draft")
    if out is not None:
        print_note(f"wrote {out}; try it: remit explain --policy {out} 'COMMAND'")
