"""A held call, answered with a key at the terminal of the run."""

from __future__ import annotations

import os
import pty
import select
import sys
import time
from pathlib import Path

from scripted_run import SECONDS, Stage
from test_grants_answered import _marking, _runs

from remit.model.grant import Established


class Seat:
    """A person at a terminal of their own, in which a run was started."""

    def __init__(self, stage: Stage, steps: list[object]) -> None:
        stage.steps = steps
        stage.prepare()
        plan = str(stage.tmp / "plan.json")
        words = ["-m", "remit", "run", str(stage.tmp / "contract.toml"), "--yes"]
        environ = {**os.environ, "REMIT_STATE": str(stage.state)}
        self.pid, self.screen = pty.fork()
        if self.pid == 0:
            os.chdir(stage.root)
            argv = [sys.executable, *words, "--", "remit-scripted-agent", plan, "go"]
            os.execve(sys.executable, argv, environ)
        self.seen = ""

    def wait_for(self, text: str) -> None:
        until = time.monotonic() + SECONDS
        while text not in self.seen:
            assert time.monotonic() < until, self.seen
            if select.select([self.screen], [], [], 0.2)[0]:
                self.seen += self._read()

    def _read(self) -> str:
        try:
            return os.read(self.screen, 65536).decode("utf-8", "replace")
        except OSError:
            return ""

    def type(self, text: str) -> None:
        os.write(self.screen, text.encode())

    def end(self) -> int:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            if select.select([self.screen], [], [], 0.1)[0]:
                self.seen += self._read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.screen)
                return os.waitstatus_to_exitcode(status)
        raise AssertionError(self.seen)


def test_a_key_and_a_reason_grant(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    seat = Seat(stage, [_marking(stage), stage.repair()])
    seat.wait_for("r refuse")
    assert "./unknown-tool --now" in seat.seen
    time.sleep(0.6)
    seat.type("g")
    seat.wait_for("why is it granted?")
    seat.type("needed once\n")
    assert seat.end() == 0, seat.seen
    assert _runs(stage) == 1
    record = stage.record()
    assert record is not None
    (grant,) = record.grants
    assert grant.granter.established is Established.TERMINAL
    assert grant.reason == "needed once"


def test_a_key_refuses_and_no_reason_grants_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    seat = Seat(stage, [_marking(stage), stage.repair()])
    seat.wait_for("r refuse")
    time.sleep(0.6)
    seat.type("r")
    seat.wait_for("why is it refused?")
    seat.type("use the fixture\n")
    assert seat.end() == 0, seat.seen
    assert "use the fixture" in seat.seen
    assert _runs(stage) == 0


def test_keys_typed_before_the_question_and_injected_by_the_agent_answer_nothing(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path)
    inject = stage.root / "inject.py"
    inject.write_text(
        "import fcntl, glob, os, termios, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    until = time.monotonic() + 8\n"
        "    while time.monotonic() < until:\n"
        "        for place in glob.glob('/dev/pts/[0-9]*') + ['/dev/tty']:\n"
        "            try:\n"
        "                terminal = os.open(place, os.O_RDWR | os.O_NOCTTY)\n"
        "                for key in b'g\\nagreed\\n':\n"
        "                    fcntl.ioctl(terminal, termios.TIOCSTI, bytes([key]))\n"
        "            except OSError:\n"
        "                pass\n"
        "        time.sleep(0.5)\n"
    )
    stage.contract = stage.contract.replace(
        "[scope]", '[commands]\nfree = ["python3 inject.py"]\n\n[scope]', 1
    )
    steps = [stage.bash("python3 inject.py"), _marking(stage), stage.repair()]
    seat = Seat(stage, steps)
    seat.type("g\nagreed\n")
    seat.wait_for("r refuse")
    time.sleep(3)
    assert _runs(stage) == 0
    seat.type("r")
    seat.wait_for("why is it refused?")
    seat.type("no\n")
    assert seat.end() == 0, seat.seen
    record = stage.record()
    assert record is not None
    assert record.grants == []
    assert _runs(stage) == 0
