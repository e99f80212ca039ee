"""Whole runs whose permissions grow: with and without a person, and a record that was changed."""

from __future__ import annotations

import json
import os
import pty
import select
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from scripted_run import Stage

WIDER = (
    'edit = ["stocklist/**", "tests/test_parser.py"]',
    'edit = ["stocklist/**", "tests/test_parser.py", "docs/**"]',
)


def _drift(stage: Stage, *words: str) -> tuple[int, dict[str, object]]:
    code, out = stage.cli("drift", "--json", *words)
    return code, json.loads(out) if code in (0, 1) else {"said": out}


def _seated(stage: Stage, *words: str, answer: bytes = b"y\n") -> tuple[int, str]:
    """A command at a terminal, where a person answers each question."""
    pid, screen = pty.fork()
    if pid == 0:
        os.chdir(stage.root)
        environ = {**os.environ, "REMIT_STATE": str(stage.state), "REMIT_CONFINE": stage.means}
        os.execve(sys.executable, [sys.executable, "-m", "remit", *words], environ)
    seen = ""
    while True:
        if not select.select([screen], [], [], 0.5)[0]:  # what is typed ahead is thrown away
            if seen.rstrip().endswith(("[y/N]", "[y/N]:")):
                os.write(screen, answer)
            continue
        try:
            data = os.read(screen, 65536)
        except OSError:
            break
        seen += data.decode("utf-8", "replace")
    _, status = os.waitpid(pid, 0)
    os.close(screen)
    return os.waitstatus_to_exitcode(status), seen


def _two_runs(stage: Stage) -> None:
    """The second may edit more, and nobody agreed to that."""
    stage.go([stage.repair()])
    stage.contract = stage.contract.replace(*WIDER)
    stage.go([])


def test_a_wider_contract_that_nobody_saw_is_drift(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    assert _drift(stage) == (0, _drift(stage)[1])
    _two_runs(stage)
    code, found = _drift(stage)
    assert (code, found["uncovered"], found["runs"]) == (1, 1, 2)
    code, out = stage.cli("drift")
    assert code == 1
    assert "scope.edit docs/**\n  no recorded decision" in out


def test_twin_the_same_agreed_to_at_a_terminal_is_decided(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.go([stage.repair()])
    stage.contract = stage.contract.replace(*WIDER)
    stage.steps = []
    stage.prepare()
    agent = ("--", "remit-scripted-agent", str(tmp_path / "plan.json"), "go")
    _, seen = _seated(stage, "run", str(tmp_path / "contract.toml"), *agent, answer=b"y")
    assert "Start?" in seen
    code, found = _drift(stage)
    assert (code, found["uncovered"]) == (0, 0), found
    (one,) = found["widenings"] if isinstance(found["widenings"], list) else ()
    assert "by a key at the terminal when the run began" in one["decision"]


def test_a_person_decides_afterwards(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    _two_runs(stage)
    assert stage.cli("drift", "--accept")[0] == 2  # nobody sits there
    assert _drift(stage)[0] == 1
    code, seen = _seated(stage, "drift", "--accept")
    assert (code, "decided: 1" in seen) == (0, True), seen
    code, found = _drift(stage)
    assert code == 0
    (one,) = found["widenings"] if isinstance(found["widenings"], list) else ()
    assert "afterwards (terminal)" in one["decision"]


def _rewrite(stage: Stage, where: str, new: bytes) -> None:
    """Change the stored bodies that hold ``where``, as the owner of the file can."""
    with closing(sqlite3.connect(stage.state / "ledger.sqlite3")) as database, database:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in database.execute(triggers).fetchall():
            database.execute(f"DROP TRIGGER {name}")
        rows = database.execute("SELECT run, version, body FROM entry").fetchall()
        for run, version, body in rows:
            if body is not None and where.encode() in body:
                changed = (body.replace(where.encode(), new), run, version)
                database.execute("UPDATE entry SET body = ? WHERE run = ? AND version = ?", changed)


@pytest.mark.parametrize(
    ("where", "new"),
    [
        (',"docs/**"', b""),
        ("(--yes; own words", b"(key at the terminal; own words"),
    ],
    ids=["hides what was permitted", "claims that a person agreed"],
)
def test_a_record_changed_to_hide_a_widening_is_refused(
    tmp_path: Path, where: str, new: bytes
) -> None:
    stage = Stage(tmp_path)
    _two_runs(stage)
    assert _drift(stage)[0] == 1  # the twin: untouched, it is told
    _rewrite(stage, where, new)
    code, said = _drift(stage)
    assert code == 5
    assert "a record is not what was written" in str(said["said"])
    assert "left out, as their record is not what was written" in stage.cli("stats")[1]


def test_the_repository_called_otherwise_hides_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    _two_runs(stage)
    words = ["git", "remote", "add", "origin", "https://example.org/other.git"]
    subprocess.run(words, cwd=stage.root, check=True)
    assert _drift(stage)[0] == 1


def test_the_projects_own_allow_list_that_grew_between_runs(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.go([stage.repair()])
    settings = stage.root / ".claude/settings.json"
    settings.parent.mkdir()
    settings.write_text('{"permissions": {"allow": ["Bash(git push *)"]}}')
    code, found = _drift(stage)
    assert (code, found["uncovered"]) == (1, 1)
    code, out = stage.cli("drift")
    assert "the working tree  .claude/settings.json allow Bash(git push *)" in out
    assert "in force in sessions without Remit, not in runs" in out
    settings.write_text("{")
    code, out = stage.cli("drift")
    assert (code, "not known: the client's settings at the working tree" in out) == (0, True)


def test_the_agent_cannot_decide_on_its_own_widenings(tmp_path: Path) -> None:
    """It makes a terminal of its own and answers every question with yes."""
    stage = Stage(tmp_path, means="none")
    _two_runs(stage)
    (stage.root / "attack.py").write_text(
        "import os, pty\n"
        "pid, screen = pty.fork()\n"
        "if pid == 0:\n"
        f"    env = {{'REMIT_STATE': {str(stage.state)!r}, 'PATH': os.environ['PATH']}}\n"
        f"    argv = [{sys.executable!r}, '-m', 'remit', 'drift', '--accept']\n"
        f"    os.execve({sys.executable!r}, argv, env)\n"
        "said = b''\n"
        "try:\n"
        "    while data := os.read(screen, 4096):\n"
        "        said += data\n"
        "        os.write(screen, b'y\\n')\n"
        "except OSError:\n"
        "    pass\n"
        "open('stocklist/said.txt', 'wb').write(said)\n"
    )
    free = '[commands]\nfree = ["python3 attack.py"]\n\n[scope]'
    stage.contract = stage.contract.replace("[scope]", free, 1)
    stage.go([stage.bash("python3 attack.py")])
    assert "only a person decides" in (stage.root / "stocklist/said.txt").read_text()
    code, found = _drift(stage)
    assert (code, found["uncovered"]) == (1, 2)
    assert _seated(stage, "drift", "--accept")[0] == 0  # the twin: a person may
