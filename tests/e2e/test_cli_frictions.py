"""What people type wrong, pipe away or leave out, and what the next line tells them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

GIT = ("git", "-c", "user.name=T", "-c", "user.email=t@example.org")
PARSER = "def parse(line):\n    return line.split(',')\n"
TEST = "import unittest\n\nfrom parser import parse\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    (root / "parser.py").write_text(PARSER)
    (root / "test_parser.py").write_text(TEST)
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "Start"]):
        subprocess.run([*GIT, *words], cwd=root, check=True, capture_output=True)
    return root


def _env(root: Path) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    return {"PATH": path, "HOME": str(root.parent), "REMIT_STATE": str(root.parent / "state")}


def _remit(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "remit", *words]
    return subprocess.run(argv, cwd=root, env=_env(root), capture_output=True, text=True)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("rnu",), 2, "did you mean: remit run"),
        (("xyzzy",), 2, "see: remit --help"),
        (("new", " "), 2, "the goal is empty"),
        (("explain", ""), 2, "there is nothing to explain"),
    ],
)
def test_a_slip_is_answered_with_the_next_step(
    root: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    done = _remit(root, *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert "next: " in done.stderr


def test_a_vague_goal_is_told_beside_the_draft(root: Path) -> None:
    done = _remit(root, "new", "make it better")
    assert done.returncode == 0
    assert done.stdout.startswith("# A Remit task contract")
    assert "has no end that a check could show" in done.stderr


def test_the_repositorys_own_tests_are_explained_as_allowed(root: Path) -> None:
    assert _remit(root, "explain", "python3 -m unittest discover -s .").returncode == 0
    assert _remit(root, "explain", "python3 other.py").returncode == 1


def test_a_reader_that_has_seen_enough_ends_neither_command_nor_run(root: Path) -> None:
    plan = root.parent / "plan.json"
    plan.write_text(json.dumps({"steps": [], "closing": "x"}))
    agent = ("--", "remit-scripted-agent", str(plan))
    argv = (sys.executable, "-m", "remit", "run", "fix the parser", "--yes", *agent)
    with subprocess.Popen(
        argv, cwd=root, env=_env(root), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        process.stderr.close()
        assert process.wait(60) == 1
    (run,) = json.loads(_remit(root, "runs", "--json").stdout)["runs"]
    assert run["phase"] == "completed"
    with subprocess.Popen(
        (sys.executable, "-m", "remit", "show", "last"),
        cwd=root,
        env=_env(root),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_a_policy_that_is_gone_is_called_gone(root: Path) -> None:
    assert _remit(root, "init", "--yes").returncode == 0
    (root / ".remit/policy.toml").unlink()
    done = _remit(root, "run", "fix the parser", "--yes", "--", "remit-scripted-agent", "plan.json")
    assert done.returncode == 2
    assert "was accepted here and is gone" in done.stderr
