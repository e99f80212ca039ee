"""A test suite of the agent's own, which it may run, against the tree, the ledger and Remit.

Each layer is tried alone: here nothing confines the agent, and what it does must be found.
"""

from __future__ import annotations

import sqlite3
import subprocess
from pathlib import Path

import pytest
from scripted_run import SECONDS, Stage, marked

from remit.interfaces.demo.repository import CHECK
from remit.model.record import RunRecord

PARENTS = """
def parent(pid):
    return int(open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()[1])
def above():
    pid = os.getpid()
    while pid > 1:
        yield pid, open(f'/proc/{pid}/cmdline').read().split(chr(0))
        pid = parent(pid)
"""


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, means="none")


def suite(stage: Stage, code: str) -> list[list[dict[str, object]]]:
    """Steps of an agent that repairs the parser and has its suite run ``code`` in the tree."""
    file = stage.root / "tests/test_parser.py"
    body = "\n    ".join(code.strip().splitlines())
    start = "import glob, os, pathlib, shutil, subprocess, sys, time\n"
    armed = f"{start}if os.getcwd() == {str(stage.root)!r}:\n    {body}\n{file.read_text()}"
    write = {"tool": "Write", "input": {"file_path": str(file), "content": armed}}
    return [[stage.repair()], [write], [stage.bash(CHECK)], [stage.bash("ls")]]


def attacked(stage: Stage, code: str) -> tuple[int, RunRecord]:
    """A whole run with such a suite: its exit code and what the ledger holds of it."""
    exit_code, _ = stage.go(suite(stage, code))
    record = stage.record()
    assert record is not None
    assert not marked(record.run)
    return exit_code, record


def test_twin_a_suite_that_writes_only_what_it_may_passes(stage: Stage) -> None:
    code, record = attacked(stage, "pathlib.Path('stocklist/made.py').write_text('x = 1\\n')")
    assert code == 0
    assert record.stopped is None


@pytest.mark.parametrize(
    ("code", "crossed"),
    [
        (
            "now = os.stat('README.md')\n"
            "pathlib.Path('README.md').write_text(pathlib.Path('README.md').read_text().upper())\n"
            "os.utime('README.md', ns=(now.st_atime_ns, now.st_mtime_ns))",
            "README.md",
        ),
        ("os.rename('docs', 'docs2')", "docs2/format.md"),
        ("shutil.move('stocklist', '../out')\nos.symlink('../out', 'stocklist')", "stocklist"),
        ("pathlib.Path('.git/hooks/post-commit').write_text('touch x')", ".git/hooks/post-commit"),
        ("open('.git/config', 'a').write('[alias]\\n\\tx = !id\\n')", ".git/config"),
        ("subprocess.run(['git', 'init', '-q', 'stocklist/n'])", "stocklist/n/.git/config"),
        ("subprocess.run(['git', 'checkout', '-q', '--detach'])", ".git/HEAD"),
        ("os.mkfifo('pipe')", "pipe"),
        ("shutil.rmtree('.git')", ".git/config"),
        ("os.chdir('/')\nshutil.rmtree({root!r})\nsys.exit(1)", "README.md"),
        (
            "subprocess.run(['git', 'update-index', '--assume-unchanged', 'README.md'])\n"
            "open('README.md', 'a').write('x')",
            "README.md",
        ),
    ],
)
def test_what_a_suite_does_outside_the_scope_stops_the_run(
    stage: Stage, code: str, crossed: str
) -> None:
    exit_code, record = attacked(stage, code.replace("{root!r}", repr(str(stage.root))))
    assert exit_code == 1
    assert record.stopped is not None
    assert crossed in record.crossed


def test_a_change_among_thousands_is_recorded(stage: Stage) -> None:
    """One comparison of these would not fit into an entry; each of its paths still counts."""
    flood = "for n in range(6000): open(f'stocklist/part{n}.py', 'w').close()\n"
    exit_code, record = attacked(stage, f"{flood}open('README.md', 'a').write('x')")
    assert exit_code == 1
    assert set(record.crossed) == {"README.md"}
    assert len(record.changes) > 6000


def test_another_directory_in_the_place_of_the_tree_stops_the_run(stage: Stage) -> None:
    swap = "here = os.getcwd()\nos.rename(here, here + '2')\nos.symlink(here + '2', here)"
    exit_code, record = attacked(stage, swap)
    assert exit_code == 1
    assert record.stopped is not None
    assert "is not the directory any more" in record.stopped.message


def test_the_branch_of_another_run_is_not_moved_unseen(stage: Stage) -> None:
    exit_code, _ = stage.go([[stage.repair()]])
    assert exit_code == 0
    (branch,) = (stage.root / ".git/refs/heads/remit").iterdir()
    subprocess.run(["git", "checkout", "-q", "."], cwd=stage.root, check=True)

    move = f"subprocess.run(['git', 'branch', '-f', 'remit/{branch.name}', 'HEAD'])"
    exit_code, record = attacked(stage, move)
    assert exit_code == 1
    assert f".git/refs/heads/remit/{branch.name}" in record.crossed


@pytest.mark.parametrize(
    ("removal", "told"),
    [
        ("os.unlink('../state/ledger.sqlite3')", "removed or replaced"),
        (
            "shutil.copy('../state/ledger.sqlite3', '../copy')\n"
            "os.rename('../copy', '../state/ledger.sqlite3')",
            "removed or replaced",
        ),
        ("os.unlink('../state/ledger.sqlite3-wal')", "removed or replaced"),
    ],
)
def test_a_run_whose_ledger_was_taken_away_does_not_end_well(
    stage: Stage, removal: str, told: str
) -> None:
    with stage.start(suite(stage, removal)) as process:
        out, err = process.communicate(timeout=SECONDS)
    assert process.returncode != 0
    assert out == ""
    assert told in err
    assert "Traceback" not in err


def test_a_ledger_that_somebody_locks_holds_every_call(stage: Stage) -> None:
    """Its suite leaves a process that locks the ledger: the run stops, and the record says why."""
    lock = (
        "import sqlite3, time; ledger = sqlite3.connect('../state/ledger.sqlite3', "
        "isolation_level=None); ledger.execute('begin immediate'); time.sleep(60)"
    )
    hidden = "stdout=-3, stderr=-3, start_new_session=True"
    code = f"subprocess.Popen([sys.executable, '-c', {lock!r}], {hidden})\ntime.sleep(1)"
    exit_code, record = attacked(stage, code)
    assert exit_code == 1
    assert record.stopped is not None
    assert "locked" in record.stopped.message


def test_a_daemon_that_hides_ends_with_the_run(stage: Stage) -> None:
    late = "import os, time; os.fork() and os._exit(0); os.setsid(); time.sleep(4); "
    late += "open('README.md', 'a').write('late')"
    hidden = "env={}, start_new_session=True, stdout=-3, stderr=-3"
    attacked(stage, f"subprocess.Popen([sys.executable, '-c', {late!r}], {hidden})")
    subprocess.run(["sleep", "4"], check=True)
    assert "late" not in (stage.root / "README.md").read_text()


def test_a_suite_that_kills_the_guardian_fails_the_run(stage: Stage) -> None:
    kill = f"{PARENTS}for pid, words in above():\n    if 'guardian.py' in ' '.join(words[:5]): "
    exit_code, record = attacked(stage, f"{kill}os.kill(pid, 9)")
    assert exit_code == 1
    assert record.closed is not None
    assert record.closed.ending == "failed"
    assert "ended before it could finish" in record.closed.message


def test_a_suite_that_kills_the_supervisor_leaves_an_abandoned_run(stage: Stage) -> None:
    kill = f"{PARENTS}for pid, words in above():\n    if words[1:4] == ['-m', 'remit', 'run']: "
    with stage.start(suite(stage, f"{kill}os.kill(pid, 9)")) as process:
        process.communicate(timeout=SECONDS)
    exit_code, said = stage.cli("show", "last")
    record = stage.record()

    assert exit_code == 0
    assert "abandoned" in said
    assert record is not None
    assert record.packet is not None
    assert not marked(record.run)


def test_a_tree_as_deep_as_paths_go_is_compared(stage: Stage) -> None:
    deep = "os.chdir('stocklist')\nfor _ in range(1500): os.mkdir('d'); os.chdir('d')\n"
    try:
        exit_code, record = attacked(stage, f"{deep}os.chdir({str(stage.root)!r})")
    finally:  # deeper than Python's own removal, and so pytest's, can go
        subprocess.run(["rm", "-rf", stage.root / "stocklist/d"], check=True)
    assert exit_code == 0
    assert record.stopped is None


def test_a_branch_in_the_way_of_runs_is_told_before_anything_is_spent(stage: Stage) -> None:
    subprocess.run(["git", "branch", "remit"], cwd=stage.root, check=True)
    with stage.start([]) as process:
        _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert "git branch -m remit" in err
    assert stage.record() is None


def test_the_ledger_of_an_attacked_run_is_sound(stage: Stage) -> None:
    attacked(stage, "open('README.md', 'a').write('x')")
    with sqlite3.connect(stage.state / "ledger.sqlite3") as ledger:
        assert ledger.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    ledger.close()
    assert stage.cli("ledger", "verify")[0] == 0
