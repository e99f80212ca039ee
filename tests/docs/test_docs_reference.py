"""The reference is what the code says, and names everything it must."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.main import COMMANDS
from remit.model.events import EVENTS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
MADE = ("commands", "exit-codes", "contract", "policy", "events", "rules")


def headings(page: Path) -> set[str]:
    return set(re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE))


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    script = "import json, generate; print(json.dumps(generate.pages()))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=DOCS, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    import json

    pages: dict[str, str] = json.loads(done.stdout)
    return pages


@pytest.mark.parametrize("name", MADE)
def test_what_is_committed_is_what_is_made(name: str, made: dict[str, str]) -> None:
    committed = (REFERENCE / f"{name}.md").read_text()
    assert committed == made[f"{name}.md"], "run: make reference"


def test_nothing_else_poses_as_generated(made: dict[str, str]) -> None:
    assert {page.name for page in REFERENCE.glob("*.md")} == set(made)


def test_every_command_has_a_heading() -> None:
    assert {f"remit {name}" for name in COMMANDS} <= headings(REFERENCE / "commands.md")


def test_every_exit_code_has_a_heading() -> None:
    assert {str(code.value) for code in Exit} <= headings(REFERENCE / "exit-codes.md")


def test_every_event_kind_has_a_heading() -> None:
    assert {event.kind for event in EVENTS} <= headings(REFERENCE / "events.md")


def test_reference_points_to_nothing_outside(made: dict[str, str]) -> None:
    """Numbers of a list that a reader does not have are noise."""
    assert [name for name, text in made.items() if re.search(r"\bR\d{1,3}\b|§", text)] == []
