"""The words of a denial, as agent and person read them."""

from __future__ import annotations

import os
from pathlib import Path

from remit.model.contract import Check, Contract, Evidence, McpServer, Scope
from remit.model.json import JsonObject
from remit.services.explain import explain

GOLDEN = Path(__file__).parent / "decision_texts.txt"
ROOT = "/nowhere/repository"
CONTRACT = Contract(
    "repair the parser",
    Scope(edit=("src/**", "tests/**"), read=("**", "!private/**")),
    Evidence(checks=(Check("tests", "python -m pytest -q"),)),
    mcp=(McpServer("tracker", ("server",), tools=("get_issue",)),),
    hosts=("docs.example.org",),
)
COMMANDS = (
    "echo x > README.md",
    "echo x > /etc/hosts",
    "rm -rf *",
    "cat private/notes",
    "cat /home/other/notes",
    "cat .env",
    "env",
    "echo > .git/config",
    "echo > src/auth/login.py",
    "git push",
    "curl https://example.com",
    "sudo ls",
    "frobnicate",
    "claude -p 'go on'",
    "make lint",
    'python -c "import x"',
    "cat x.sh | sh",
    "$TOOL x",
    "rm $TARGET",
    "LD_PRELOAD=x.so ls",
    "alias ls=rm",
    "echo 'x",
    "a;" * 1000,
    "$(" * 100,
    "x" * 100_000,
)
TOOLS: tuple[tuple[str, JsonObject], ...] = (
    ("Write", {"file_path": "NOTES.md", "content": "x"}),
    ("Write", {"content": "x"}),
    ("Workflow", {}),
    ("Frobnicate", {}),
    ("mcp__tracker__delete_issue", {}),
    ("mcp__files__read", {}),
)


def _shown() -> str:
    calls: list[tuple[str, JsonObject]] = [("Bash", {"command": text}) for text in COMMANDS]
    parts = []
    for tool, values in (*calls, *TOOLS):
        explained = explain(tool, values, CONTRACT, cwd=ROOT, root=ROOT, home="/home/nobody")
        what = str(values.get("command", f"{tool} {dict(values)}"))
        outcome = explained.decision.outcome.value
        parts.append(f"== {what[:60]}\n{outcome}: {explained.answer}\n")
    return "\n".join(parts)


def test_denials_read_as_the_golden_file_shows() -> None:
    shown = _shown()
    if os.environ.get("REMIT_GOLDEN") == "write":
        GOLDEN.write_text(shown, encoding="utf-8")
    assert shown == GOLDEN.read_text(encoding="utf-8")
