"""An agent talks a helper outside its run (as at, cron or tmux are) into answering for it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from scripted_run import SECONDS, Stage

HELPER = """
import os, socket, subprocess, sys
door = socket.socket(socket.AF_UNIX)
door.bind(sys.argv[1])
door.listen(5)
while True:
    asked, _ = door.accept()
    with asked:
        subprocess.run(["sh", "-c", asked.recv(65536).decode()], start_new_session=True)
"""
ATTACK = """
import os, socket, time
def ask(command):
    try:
        helper = socket.socket(socket.AF_UNIX)
        helper.connect({place!r})
        helper.sendall(command.encode())
        helper.recv(1)
        return "asked"
    except OSError as error:
        return type(error).__name__
if os.fork() == 0:
    os.setsid()
    for number in range(3):  # so that the shell does not wait for it
        os.dup2(os.open("/dev/null", os.O_RDWR), number)
    env = "REMIT_STATE={state} HOME=/nonexistent "
    remit = env + {python!r} + " -m remit "
    name = os.environ["REMIT_MARK"][-4:] + "-1"
    for _ in range(12):
        said = ask(f"{{remit}} grant {{name}} --uses 1 --reason helped >> {said}/helped.txt 2>&1")
        open("stocklist/said.txt", "w").write(said)
        time.sleep(0.5)
"""
POLICY = '[decide]\nlow = ["terminal", "signed"]\n'


@contextmanager
def _helper(place: Path) -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-c", HELPER, str(place)]) as process:
        until = time.monotonic() + 20
        while not place.exists():
            assert time.monotonic() < until
            time.sleep(0.01)
        try:
            yield
        finally:
            process.kill()


def _attacked(tmp: Path, means: str) -> tuple[Stage, str]:
    """The stage after a run in which the agent asked the helper, and what that said."""
    stage = Stage(tmp, means=means)
    attack = ATTACK.format(
        place=str(tmp / "helper"), state=stage.state, python=sys.executable, said=tmp
    )
    (stage.root / "attack.py").write_text(attack)
    tool = stage.root / "unknown-tool"
    tool.write_text("#!/bin/sh\necho ran >> stocklist/ran.txt\n")
    tool.chmod(0o755)
    free = '[commands]\nfree = ["python3 attack.py"]\n\n[scope]'
    stage.contract = stage.contract.replace("[scope]", free, 1)
    steps = [stage.bash("python3 attack.py"), stage.bash("./unknown-tool --now"), stage.repair()]
    with _helper(tmp / "helper"), stage.start(steps, "--wait", "8s") as process:
        out, err = process.communicate(timeout=SECONDS)
    said = stage.root / "stocklist/said.txt"
    assert said.exists(), out + err
    record = stage.record()
    assert record is not None
    assert list(record.requests), out + err
    return stage, said.read_text()


def test_confined_the_helper_is_not_there(tmp_path: Path) -> None:
    stage, said = _attacked(tmp_path, "namespaces")
    record = stage.record()
    assert record is not None
    assert record.deciders is not None
    if not record.deciders.keys.hidden:
        pytest.skip("namespaces do not work here; the next test says what holds then")
    assert said == "FileNotFoundError"
    assert record.grants == []


def test_unconfined_the_helper_counts_for_the_low_class_alone_and_is_named(tmp_path: Path) -> None:
    stage, said = _attacked(tmp_path, "none")
    assert said == "asked"
    record = stage.record()
    assert record is not None
    (grant,) = record.grants
    assert grant.granter.established.value == "peer"
    assert "where an agent could talk a helper program into it" in grant.granter.detail


def test_unconfined_a_policy_that_takes_no_peer_holds(tmp_path: Path, monkeypatch) -> None:
    config = tmp_path / "config/remit"
    config.mkdir(parents=True)
    (config / "policy.toml").write_text(POLICY)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    stage, said = _attacked(tmp_path, "none")
    assert said == "asked"
    record = stage.record()
    assert record is not None
    assert record.grants == []
