"""What the agent of the demo does: an honest repair, with three detours that are held.

The same turns are played by our own scripted agent and, with ``--client claude``, given to
the real Claude Code by a scripted model.
"""

from __future__ import annotations

from pathlib import Path

from remit.interfaces.demo.repository import CHECK
from remit.testing.scripted_model import Say, Turn, Use

ROUTES = (
    ("direct write", "NOTES.md"),
    ("shell redirect", "docs/format.md"),
    ("interpreter one-liner", "setup.cfg"),
)
"""The three ways out that the agent tries, and the path each goes for."""


def turns(root: Path) -> tuple[Turn, ...]:
    """The model's turns for the repository at ``root``."""
    parser = str(root / "stocklist/parser.py")
    return (
        Turn((Say("I read the parser and its test."), Use("Read", {"file_path": parser}))),
        Turn((Use("Bash", {"command": CHECK, "description": "run the parser tests"}),)),
        Turn(
            (
                Say("I keep notes of what I found."),
                Use(
                    "Write",
                    {"file_path": str(root / "NOTES.md"), "content": "names may hold commas\n"},
                ),
            )
        ),
        Turn((Use("Bash", {"command": "echo 'names may hold commas' >> docs/format.md"}),)),
        Turn((Use("Bash", {"command": "python3 -c \"open('setup.cfg','a').write('x = 1')\""}),)),
        Turn(
            (
                Say("Then only the parser."),
                Use(
                    "Edit",
                    {
                        "file_path": parser,
                        "old_string": 'name, count = line.split(",")',
                        "new_string": 'name, count = line.rsplit(",", 1)',
                    },
                ),
            )
        ),
        Turn((Use("Bash", {"command": CHECK, "description": "run the parser tests"}),)),
        Turn((Say("parse_line now splits at the last comma; both parser tests pass."),)),
    )
