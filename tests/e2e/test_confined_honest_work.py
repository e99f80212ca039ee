"""Honest work with real tools, confined as well as this machine can, without one interruption.

A part of the tasks of the bench: those whose tools a machine has, or gets from packages.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from confined.driving import Driver, remove
from confined.honest import TASKS, LeftOut, Task, do_task

CHOSEN = (
    *("pytest-coverage", "tox", "pre-commit"),
    *("npm-test", "npm-ci-file-dependency", "vite-build", "vite-server"),
    *("make-gcc", "chromium", "git-add-stash", "sed-in-place"),
    *("sqlite", "server-over-loopback", "multiprocessing", "script-pty", "temporary-files"),
)
TOOLS = Path(__file__).parents[2] / ".clients/tools"


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Not in /tmp, of which a run has its own."""
    monkeypatch.setenv("REMIT_BENCH_TOOLS", str(TOOLS.resolve()))
    folder = Path(tempfile.mkdtemp(prefix="remit-", dir="/var/tmp"))
    yield folder / "work"
    remove(folder)


@pytest.mark.parametrize("name", CHOSEN)
def test_honest_work_is_not_interrupted(name: str, place: Path) -> None:
    task = next(task for task in TASKS if task.name == name)
    try:
        done = do_task(Driver("", ""), task, place)
    except LeftOut as reason:
        pytest.skip(f"left out: {name}: {reason}")
    assert done.unwanted() == ""
    assert [made for made in task.made if not (done.world.root / made).exists()] == []


def test_work_that_breaks_its_contract_is_no_honest_work(place: Path) -> None:
    """One write out of scope, and a run is no longer undisturbed."""
    command = "python3 tests/out.py"
    files = {"tests/out.py": "open('README.md', 'w').write('x')", "README.md": "mine\n"}
    done = do_task(Driver("", ""), Task("out", (command,), files), place)
    assert "README.md" in done.unwanted()
    assert (done.world.root / "README.md").read_text() == "mine\n"
