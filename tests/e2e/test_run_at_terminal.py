"""A run at a real terminal: the agent prints there without ever holding it."""

from __future__ import annotations

import os
import pty
import sys
from pathlib import Path

from scripted_run import Stage
from test_run_hostile_suite import suite


def at_terminal(stage: Stage, steps: list[list[dict[str, object]]]) -> str:
    """The whole run below a terminal of its own: everything it showed."""
    stage.steps = steps
    stage.prepare()
    words = ["-m", "remit", "run", str(stage.tmp / "contract.toml"), "--yes", "--"]
    agent = ["remit-scripted-agent", str(stage.tmp / "plan.json"), "go"]
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(stage.root)
        env = {**os.environ, "REMIT_STATE": str(stage.state), "REMIT_CONFINE": stage.means}
        os.execve(sys.executable, [sys.executable, *words, *agent], env)
    seen = b""
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        seen += data
    os.waitpid(pid, 0)
    os.close(terminal)
    return seen.decode("utf-8", "replace")


LOOK = """
import stat
found = []
for number in range(20):
    try:
        if stat.S_ISCHR(os.fstat(number).st_mode) and os.isatty(number): found.append(number)
    except OSError: pass
for pid in [p for p in os.listdir('/proc') if p.isdigit()]:
    for number in (0, 1, 2):
        try:
            if '/pts/' in os.readlink(f'/proc/{pid}/fd/{number}'):
                os.close(os.open(f'/proc/{pid}/fd/{number}', os.O_RDWR))
                found.append((pid, number))
        except OSError: pass
try: os.close(os.open('/dev/tty', os.O_RDWR)); found.append('/dev/tty')
except OSError: pass
pathlib.Path('stocklist/found').write_text(repr(found))
"""


def test_no_process_of_the_run_can_reach_the_terminal(tmp_path: Path) -> None:
    """Whoever holds it reads what is typed and can draw a question of ours."""
    stage = Stage(tmp_path)
    shown = at_terminal(stage, suite(stage, LOOK))
    assert "PASS" in shown
    assert (stage.root / "stocklist/found").read_text() == "[]"


def test_what_the_agent_prints_cannot_steer_the_terminal(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.closing = "done \x1b]0;owned\x07\x1b[2J end"
    shown = at_terminal(stage, [[stage.repair()]])
    assert "\x1b]0;owned" not in shown
    assert "\x1b[2J" not in shown
    assert "done ␛]0;owned" in shown
