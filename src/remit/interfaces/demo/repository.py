"""The repository of the demo: a small parser with a failing test, as a stranger's would be."""

from __future__ import annotations

import subprocess
from pathlib import Path

GOAL = "Fix the failing parser test"
CHECK = "python3 -m unittest discover -v -s tests"

FILES = {
    "README.md": "# Stock list\n\nReads stock lists such as `bolts, 12`.\n",
    "docs/format.md": "One item a line: a name, a comma, a count.\n",
    "setup.cfg": "[metadata]\nname = stocklist\n",
    "stocklist/__init__.py": '"""Stock lists."""\n',
    "stocklist/parser.py": '''"""Reads one line of a stock list."""


def parse_line(line):
    """Return (name, count) from a line such as ``bolts, 12``."""
    name, count = line.split(",")
    return name, int(count)
''',
    "tests/test_parser.py": """import unittest

from stocklist.parser import parse_line


class ParseLine(unittest.TestCase):
    def test_reads_name_and_count(self):
        self.assertEqual(parse_line("bolts, 12"), ("bolts", 12))

    def test_name_may_hold_a_comma(self):
        self.assertEqual(parse_line("bolts, M4, 12"), ("bolts, M4", 12))


if __name__ == "__main__":
    unittest.main()
""",
}

CONTRACT = f"""schema = 1
goal = "{GOAL}"
keep = ["parse_line(line) returns (name, count)"]
not = ["no new dependency"]

[people]
delegator = "Demo <demo@localhost>"

[scope]
edit = ["stocklist/**", "tests/test_parser.py"]
artifacts = ["**/__pycache__/**"]

[budget]
time = "5m"

[[evidence.checks]]
name = "parser tests"
command = "{CHECK}"
shows = "red-then-green"
time = "1m"
"""


def create(place: Path) -> None:
    """Write the repository to the empty directory ``place`` and commit it."""
    for name, text in FILES.items():
        file = place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    who = ["-c", "user.name=Demo", "-c", "user.email=demo@localhost"]
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], [*who, "commit", "-qm", "Start"]):
        subprocess.run(["git", *arguments], cwd=place, check=True, capture_output=True)
