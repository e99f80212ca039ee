"""What people type wrong, pipe away or leave out, and what the next line tells them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

GIT = ("git", "-c", "user.name=T", "-c", "user.email=t@example.org")
PARTS = ("NAME", "EMAIL")
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


def _git_env(root: Path) -> dict[str, str]:
    who = {f"GIT_{role}_{part}": "t@t" for role in ("AUTHOR", "COMMITTER") for part in PARTS}
    return {**_env(root), **who}


def _remit(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "remit", *words]
    return subprocess.run(argv, cwd=root, env=_env(root), capture_output=True, text=True)


def _at_terminal(root: Path, command: str) -> tuple[int, str]:
    """What a person at a terminal sees of ``command``, and its exit code."""
    ours, theirs = pty.openpty()
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    argv = ("/bin/bash", "-c", command)
    with subprocess.Popen(argv, cwd=root, env=_git_env(root), **streams) as process:
        os.close(theirs)
        seen = b""
        try:
            while data := os.read(ours, 65536):
                seen += data
        except OSError:  # the other side was closed
            pass
        finally:
            os.close(ours)
    return process.returncode, seen.decode()


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


def test_init_without_a_person_writes_nothing_and_says_so(root: Path) -> None:
    done = _remit(root, "init")
    assert done.returncode == 2
    assert "nothing was written" in done.stderr
    assert "next: remit init --yes" in done.stderr
    assert not (root / ".remit").exists()
    done = _remit(root, "init", "--yes")
    assert done.returncode == 0
    assert "wrote .remit/policy.toml" in done.stdout


def test_a_repository_without_a_commit_is_told_how_to_make_one(root: Path) -> None:
    subprocess.run([*GIT, "update-ref", "-d", "HEAD"], cwd=root, check=True)
    subprocess.run([*GIT, "rm", "-rq", "--cached", "."], cwd=root, check=True)
    done = _remit(root, "run", "fix the parser", "--yes", "--", "remit-scripted-agent", "plan")
    assert done.returncode == 2
    advice = done.stderr.rpartition("make a first commit: ")[2].strip()
    subprocess.run(advice, shell=True, cwd=root, env=_git_env(root), check=True)
    head = ("git", "ls-tree", "--name-only", "HEAD")
    listed = subprocess.run(head, cwd=root, capture_output=True, text=True, check=True)
    assert listed.stdout.split() == ["parser.py", "test_parser.py"]


def test_a_contract_drafted_by_a_person_here_is_not_asked_again(root: Path) -> None:
    plan = root.parent / "plan.json"
    plan.write_text(json.dumps({"steps": [], "closing": "x"}))
    run = f"remit run c.toml --yes -- remit-scripted-agent {plan}"
    draft = 'remit new "fix the parser" -o c.toml'
    commit = "git add -A && git commit -qm c"
    _, shown = _at_terminal(root, f"{draft} && {commit} && {run}")
    assert "FAIL" in shown, shown
    (root / "c.toml").write_text((root / "c.toml").read_text().replace("20m", "30m"))
    code, shown = _at_terminal(root, f"{commit} && {run}")
    assert code == 2
    assert "c.toml is not accepted on this machine" in shown
    assert "the same command without --yes shows it and asks" in shown


def test_twin_a_contract_drafted_where_nobody_is_there_is_asked(root: Path) -> None:
    assert _remit(root, "new", "fix the parser", "-o", "c.toml").returncode == 0
    for words in (["add", "-A"], ["commit", "-qm", "c"]):
        subprocess.run([*GIT, *words], cwd=root, check=True, capture_output=True)
    done = _remit(root, "run", "c.toml", "--yes", "--", "remit-scripted-agent", "plan")
    assert done.returncode == 2
    assert "c.toml is not accepted on this machine" in done.stderr


def test_a_policy_that_is_gone_is_called_gone(root: Path) -> None:
    assert _remit(root, "init", "--yes").returncode == 0
    (root / ".remit/policy.toml").unlink()
    done = _remit(root, "run", "fix the parser", "--yes", "--", "remit-scripted-agent", "plan.json")
    assert done.returncode == 2
    assert "was accepted here and is gone" in done.stderr
