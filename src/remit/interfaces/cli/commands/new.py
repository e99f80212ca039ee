"""``remit new``: draft a contract for a goal."""

from __future__ import annotations

from pathlib import Path

import click

from remit.adapters.render.contract import screen_lines
from remit.adapters.render.problems import readiness_lines
from remit.codec.contract import dump
from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.output import print_lines, print_text
from remit.interfaces.cli.place import here
from remit.services.drafts import Draft, draft
from remit.services.readiness import Setting, judge_text
from remit.services.templates import Template
from remit.services.workplace import Workplace, facts_of, policy_in_force
from remit.system.documents import replace_document, write_document


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
    place = here()
    merged = policy_in_force(place)
    chosen = Template(template) if template else None
    drafted = draft(goal, facts_of(place), merged.policy, place.user, chosen)
    text = dump(drafted.contract, _header(drafted))
    if output is None:
        print_text(text)
        return Exit.YES
    write = replace_document if force else write_document
    write(output, text)
    _tell(text, output, Setting(place.files, merged, place.user, screen_lines), place)
    return Exit.YES


def _header(drafted: Draft) -> tuple[str, ...]:
    return ("A Remit task contract, drafted. Read it, narrow it, then: remit check", *drafted.notes)


def _tell(text: str, output: Path, setting: Setting, place: Workplace) -> None:
    print_text(f"wrote {output}")
    print_lines(readiness_lines(judge_text(text, str(output), setting), str(output)))
