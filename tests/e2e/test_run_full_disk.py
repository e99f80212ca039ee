"""A disk that fills up while a run works: calls are held, and the stop and the end are recorded."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from scripted_run import SECONDS, Stage

from remit.interfaces.demo.repository import CHECK

IN_TREE = "for n in range(60): open(f'stocklist/big{n}.py','w').write('#'+os.urandom(300000).hex())"
IN_STATE = "\n    ".join(
    ["try:", "    open('../state/fill', 'wb').write(b'x' * (60 << 20))", "except OSError: pass"]
)


def on_small_disk(stage: Stage, megabytes: int) -> str:
    """All that a run, and commands after it, print with so much room for the state."""
    remit = shlex.join([sys.executable, "-m", "remit"])
    plan = shlex.join([str(stage.tmp / "contract.toml"), "--yes"])
    agent = shlex.join(["remit-scripted-agent", str(stage.tmp / "plan.json")])
    mount = f"mount -t tmpfs -o mode=700,size={megabytes}m none {shlex.quote(str(stage.state))}"
    script = (
        f"{mount} || exit 99; {remit} run {plan} -- {agent}; echo code $?; "
        f"{remit} runs; {remit} packet last; {remit} ledger verify"
    )
    stage.state.mkdir()
    stage.prepare()
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script],
        cwd=stage.root,
        env={**os.environ, "REMIT_STATE": str(stage.state), "REMIT_CONFINE": stage.means},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if "unshare:" in done.stdout or done.returncode == 99:
        pytest.skip("left out: no file system may be mounted here")
    assert "Traceback" not in done.stdout
    assert "defect" not in done.stdout
    return done.stdout


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, means="none")


def test_twin_with_room_enough_the_run_passes(stage: Stage) -> None:
    stage.steps = [[stage.repair()]]
    assert "code 0\n" in on_small_disk(stage, 40)


def test_without_room_nothing_is_started(stage: Stage) -> None:
    said = on_small_disk(stage, 10)
    assert "code 2\n" in said
    assert "is full" in said
    assert "No runs yet" in said


@pytest.mark.parametrize("code", [IN_TREE, IN_STATE], ids=["by its files", "by the suite"])
def test_a_disk_that_fills_up_stops_the_run(stage: Stage, code: str) -> None:
    file = stage.root / "tests/test_parser.py"
    armed = f"import os\nif os.getcwd() == {str(stage.root)!r}:\n    {code}\n{file.read_text()}"
    write = {"tool": "Write", "input": {"file_path": str(file), "content": armed}}
    stage.steps = [[stage.repair()], [write], [stage.bash(CHECK)], [stage.bash("ls")]]
    said = on_small_disk(stage, 24)

    assert "code 1\n" in said
    assert "stopped    Fix the failing" in said
    assert "Remit could not" in said
    assert "did:  Bash ls" not in said
    assert "intact: 1 runs" in said


def test_a_run_that_cannot_be_prepared_is_closed(stage: Stage) -> None:
    """Its snapshot finds no room: nobody else would close the run once its lease is given back."""
    (stage.root / "big.bin").write_bytes(os.urandom(30 << 20))
    said = on_small_disk(stage, 28)
    assert "code 2\n" in said
    assert "failed     Fix the failing" in said
    assert "could not be prepared" in said
