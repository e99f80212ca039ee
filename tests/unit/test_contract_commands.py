"""``remit new`` and ``remit check`` as a person calls them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "calc"
    for path, text in {
        "src/calc/parser.py": "x = 1\n",
        "tests/test_parser.py": "def test_parser(): ...\n",
        "pyproject.toml": "[tool.pytest.ini_options]\n",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "Start"]):
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        subprocess.run(["git", *who, *words], cwd=root, check=True)
    return root


def _remit(cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "HOME": str(cwd.parent)}
    command = [sys.executable, "-m", "remit", *words]
    return subprocess.run(
        command, cwd=cwd, env=environ, capture_output=True, text=True, check=False
    )


def test_a_drafted_contract_is_ready(repository: Path) -> None:
    goal = "fix the failing parser test"
    assert _remit(repository, "new", goal, "--output", "task.toml").returncode == 0
    done = _remit(repository, "check", "task.toml", "--json")
    assert done.returncode == 0
    answer = {"ready": True, "risk": "low", "problems": [], "warnings": []}
    assert json.loads(done.stdout) == answer


def test_check_says_everything_with_file_line_and_fix(repository: Path) -> None:
    (repository / "bad.toml").write_text('goal = "fix it"\n[scope]\nedits = ["/etc"]\n')
    done = _remit(repository, "check", "bad.toml")
    assert done.returncode == 4
    assert "bad.toml:1: error: goal: 'fix it' does not say what" in done.stdout
    assert "bad.toml:3: error: scope.edits: is not a line this file can have" in done.stdout
    assert "fix: did you mean `edit`?" in done.stdout
    assert _remit(repository, "check", "bad.toml", "--json").returncode == 4


def test_check_works_outside_a_repository(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text('goal = "Fix the parser test"\nscope.edit = ["a.py"]\n')
    done = _remit(tmp_path, "check", "c.toml", "--json")
    assert done.returncode == 4
    (problem,) = json.loads(done.stdout)["problems"]
    assert (problem["key"], problem["line"]) == ("evidence.checks", None)


def test_new_never_replaces_a_file_unasked(repository: Path) -> None:
    (repository / "task.toml").write_text("mine")
    assert _remit(repository, "new", "fix the parser", "--output", "task.toml").returncode == 2
    assert (repository / "task.toml").read_text() == "mine"


def test_a_file_that_is_not_there_says_what_to_do(repository: Path) -> None:
    done = _remit(repository, "check", "nothing.toml")
    assert done.returncode == 2
    assert "next: draft one: remit new" in done.stderr


def test_show_origin_names_layer_file_and_line(repository: Path) -> None:
    own = repository.parent / "config"
    (own / "remit").mkdir(parents=True)
    (own / "remit" / "policy.toml").write_text('schema = 1\n[commands]\nnever = ["git push"]\n')
    environ = {**os.environ, "XDG_CONFIG_HOME": str(own)}
    command = [sys.executable, "-m", "remit", "policy", "show", "--origin"]
    done = subprocess.run(
        command, cwd=repository, env=environ, capture_output=True, text=True, check=True
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("commands.never"))
    assert "git push" in line
    assert f"user  {own}/remit/policy.toml:3" in line
