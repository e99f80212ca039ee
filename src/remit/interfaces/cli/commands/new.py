"""``remit new``: draft a contract for a goal."""

from __future__ import annotations

from pathlib import Path

import click

from remit.adapters.render.contract import screen_lines
from remit.adapters.render.problems import readiness_lines
from remit.codec.contract import dump
from remit.errors import UsageError
from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.output import print_lines, print_note, print_text
from remit.interfaces.cli.place import here, is_person
from remit.services.acceptance import RepositoryFile, accept
from remit.services.drafts import Draft, draft
from remit.services.readiness import Readiness, Setting, judge_text
from remit.services.templates import Template
from remit.services.workplace import Workplace, facts_of, policy_in_force
from remit.system.clock import now_us
from remit.system.documents import replace_document, write_document

_DRAFT = "draft"


@click.command("new")
@click.argument("goal")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The file; printed by default."
)
@click.option("--force", is_flag=True, help="Replace the file.")
@click.option(
    "--template",
    type=click.Choice([str(template) for template in Template]),
    help="The kind of task; told from the goal by default.",
)
def command(goal: str, output: Path | None, force: bool, template: str | None) -> Exit:
    """Draft a contract for a goal, as narrow as the repository lets it be guessed.

    \b
    remit new "fix the failing parser test" --output fix-parser.toml
    """
    if not goal.strip():
        raise UsageError("the goal is empty", 'say it: remit new "fix the failing parser test"')
    place = here()
    merged = policy_in_force(place)
    chosen = Template(template) if template else None
    drafted = draft(goal, facts_of(place), merged.policy, place.user, chosen)
    text = dump(drafted.contract, _header(drafted))
    setting = Setting(place.files, merged, place.user, screen_lines)
    if output is None:
        print_text(text)
        _warn(judge_text(text, _DRAFT, setting))
        return Exit.YES
    write = replace_document if force else write_document
    write(output, text)
    print_text(f"wrote {output}")
    _accept_own(place, output, text)
    print_lines(readiness_lines(judge_text(text, str(output), setting), str(output)))
    return Exit.YES


def _accept_own(place: Workplace, output: Path, text: str) -> None:
    """A person who drafts a contract here need not accept it again once it is committed. Where no
    person is there it is as good as a stranger's."""
    root = place.repository.root.resolve()
    if is_person() and output.resolve().is_relative_to(root):
        file = RepositoryFile(output.resolve().relative_to(root).as_posix(), text)
        by = place.user or "unknown"
        accept(place.store, place.repository.key, (file,), by, "remit new (terminal)", now_us())


def _header(drafted: Draft) -> tuple[str, ...]:
    return ("A Remit task contract, drafted. Read it, narrow it, then: remit check", *drafted.notes)


def _warn(readiness: Readiness) -> None:
    """What stands against the draft, beside it: the draft itself may go into a file."""
    if readiness.problems or readiness.warnings:
        for line in readiness_lines(readiness, _DRAFT):
            print_note(line)
