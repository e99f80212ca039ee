"""``remit explain`` as a person uses it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from remit.interfaces.cli.main import run_command

CONTRACT = """
schema = 1
goal = "repair the parser test"

[scope]
edit = ["src/**"]

[evidence]
[[evidence.checks]]
name = "tests"
command = "pytest"
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_would_run_is_said_with_exit_code_0(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["explain", "ls src"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("allowed")
    assert "src" in shown


def test_what_would_be_held_is_said_with_exit_code_1(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["explain", "git push origin main"]) == 1
    shown = capsys.readouterr().out
    assert "held (deny)" in shown
    assert "vcs.refused" in shown
    assert "To get it" in shown


def test_a_tool_and_a_path(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["explain", "--tool", "Write", "--path", "src/a.py"]) == 0
    assert run_command(["explain", "--tool", "Write", "--path", ".git/config"]) == 1
    assert "selfguard.write" in capsys.readouterr().out


def test_json_carries_the_decision_and_its_facts(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["explain", "--json", "cat .env"]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert shown["outcome"] == "deny"
    assert shown["rule"] == "secret.read"
    assert shown["allowed"] is False
    assert {"kind": "read", "target": ".env", "via": "cat .env"}.items() <= {
        **shown["effects"][0]
    }.items()
    assert shown["effects"][0]["leads_to"] == str(repository / ".env")


def test_under_a_contract(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "c.toml").write_text(CONTRACT)
    assert run_command(["explain", "--contract", "c.toml", "touch README.md"]) == 1
    assert run_command(["explain", "--contract", "c.toml", "touch src/a"]) == 0
    capsys.readouterr()


def test_a_missing_contract_says_what_to_do(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["explain", "--contract", "no.toml", "ls"]) == 2
    assert "remit new" in capsys.readouterr().err


def test_nothing_to_explain(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["explain"]) == 2
    assert "remit explain" in capsys.readouterr().err


def test_control_characters_of_a_command_never_reach_the_terminal(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_command(["explain", "$'\\x1b[2J' x"])
    assert "\x1b[2J" not in capsys.readouterr().out


def test_explaining_reads_no_contract_machinery() -> None:
    code = (
        "import sys, remit.interfaces.cli.commands.explain; "
        "sys.exit(any(name in sys.modules for name in ('pydantic', 'jinja2', 'sqlite3')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
