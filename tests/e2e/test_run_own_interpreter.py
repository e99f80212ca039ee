"""Remit installed where its contract lets the agent write."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from scripted_run import Stage

import remit


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Its repository has a virtual environment of its own, with Remit in it."""
    made = Stage(tmp_path)
    venv = made.root / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    site = next(venv.glob("lib/*/site-packages"))
    sources = Path(remit.__file__).parents[1]
    here = next(Path(entry) for entry in sys.path if entry.endswith("site-packages"))
    (site / "remit.pth").write_text(f"{sources}\n{here}\n")
    with (made.root / ".git/info/exclude").open("a") as file:
        file.write(".venv/\n")
    return made


def run(stage: Stage) -> tuple[int, str]:
    stage.steps = [[stage.repair()]]
    stage.prepare()
    python = str(stage.root / ".venv/bin/python")
    agent = ("remit-scripted-agent", str(stage.tmp / "plan.json"), "go")
    done = subprocess.run(
        [python, "-m", "remit", "run", str(stage.tmp / "contract.toml"), "--yes", "--", *agent],
        cwd=stage.root,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_an_agent_that_could_change_remits_interpreter_is_not_started(stage: Stage) -> None:
    artifacts = "artifacts = ["
    assert artifacts in stage.contract
    stage.contract = stage.contract.replace(artifacts, f'{artifacts}".venv/**", ', 1)
    before = (stage.root / "stocklist/parser.py").read_bytes()
    code, said = run(stage)
    assert code == 1, said
    assert "Remit itself runs from" in said
    assert (stage.root / "stocklist/parser.py").read_bytes() == before


def test_twin_the_same_environment_outside_the_scope(stage: Stage) -> None:
    code, said = run(stage)
    assert code == 0, said
