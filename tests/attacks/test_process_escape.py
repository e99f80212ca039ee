"""Programs that try to outlive their end. Each has its honest twin: what must not be touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from remit.system.bounded import Finished, run_bounded
from remit.system.process import kill_ladder, kill_run, new_mark, spawn_agent

ENV = {"PATH": os.environ["PATH"]}
DAEMON = """
import os, sys, time
for _ in range(2):
    if os.fork():
        os._exit(0)
    os.setsid()
for number in (0, 1, 2):
    os.close(number)
with open(sys.argv[1], "w") as file:
    file.write(str(os.getpid()))
time.sleep(300)
"""
SUPERVISOR = """
import sys
from pathlib import Path
from remit.system.process import spawn_agent
process = spawn_agent(sys.argv[3:], env={"PATH": "/usr/bin:/bin"}, cwd=Path("/"), mark=sys.argv[1])
Path(sys.argv[2]).write_text(str(process.guardian))
process.wait()
"""


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process of ours, in our session, started while the attack runs: it must survive."""
    with subprocess.Popen(["sleep", "300"]) as process:
        yield process
        assert process.poll() is None
        process.kill()


def _run(script: str, tmp_path: Path, deadline_s: float = 20, **env: str) -> Finished:
    argv = ["/bin/sh", "-c", script]
    return run_bounded(argv, cwd=tmp_path, env={**ENV, **env}, deadline_s=deadline_s)


def _is_gone(pid: int) -> bool:
    """Whether ``pid`` no longer runs, a moment allowed for the kernel to clear it away."""
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state in (b"Z", b"X"):
            return True
        time.sleep(0.02)
    return False


def _when_written(path: Path) -> int:
    for _ in range(500):
        if path.exists() and (text := path.read_text()):
            return int(text)
        time.sleep(0.02)
    raise AssertionError(f"{path.name} was not written")


def test_background_child(tmp_path: Path, bystander: subprocess.Popen[bytes]) -> None:
    finished = _run("sleep 300 & echo $! > pid; exit 0", tmp_path)
    assert finished.exit_code == 0
    assert finished.left_behind == 1
    assert _is_gone(_when_written(tmp_path / "pid"))


def test_background_child_twin_that_is_waited_for(tmp_path: Path) -> None:
    finished = _run("sleep 0.1 & sleep 0.2 & wait; exit 0", tmp_path)
    assert (finished.exit_code, finished.left_behind) == (0, 0)


def test_daemon_forked_twice_in_own_session_without_environment(
    tmp_path: Path, bystander: subprocess.Popen[bytes]
) -> None:
    (tmp_path / "daemon.py").write_text(DAEMON)
    finished = _run(f"env -i {sys.executable} daemon.py pid; sleep 0.5", tmp_path)
    assert finished.left_behind == 1
    assert _is_gone(_when_written(tmp_path / "pid"))


def test_ignoring_every_signal(tmp_path: Path, bystander: subprocess.Popen[bytes]) -> None:
    script = "trap '' TERM INT HUP; (trap '' TERM; sleep 300) & echo $! > pid; sleep 300; sleep 300"
    finished = _run(script, tmp_path, deadline_s=0.5)
    assert finished.timed_out
    assert finished.exit_code is None
    assert _is_gone(_when_written(tmp_path / "pid"))


def test_stopping_itself(tmp_path: Path) -> None:
    finished = _run("kill -STOP $$", tmp_path, deadline_s=0.3)
    assert finished.timed_out
    assert finished.survivors == 0


def test_stopping_the_guardian(tmp_path: Path) -> None:
    finished = _run("kill -STOP $PPID; echo $$ > pid; sleep 300", tmp_path, deadline_s=0.5)
    assert finished.timed_out
    assert _is_gone(_when_written(tmp_path / "pid"))


def test_killing_the_guardian(tmp_path: Path, bystander: subprocess.Popen[bytes]) -> None:
    finished = _run("sleep 300 & echo $! > pid; kill -KILL $PPID; sleep 300", tmp_path)
    assert finished.exit_code is None
    assert finished.fault == "its guardian was killed"
    assert _is_gone(_when_written(tmp_path / "pid"))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs a subreaper")
def test_killing_the_guardian_and_hiding_the_mark(tmp_path: Path) -> None:
    """Then only adoption is left: the caller must be a subreaper, so it is one of its own here."""
    caller = f"""
import sys
from pathlib import Path
from remit.system.bounded import run_bounded
from remit.system.process import become_subreaper
assert become_subreaper() == ""
import subprocess
with subprocess.Popen(["sleep", "300"]) as bystander:
    done = run_bounded(sys.argv[1:], cwd=Path({str(tmp_path)!r}), env={ENV!r}, deadline_s=20)
    assert bystander.poll() is None
    bystander.kill()
print(done.fault)
"""
    script = "env -i setsid sh -c 'echo $$ > pid; kill -KILL '$PPID'; sleep 300; sleep 300'"
    done = subprocess.run(
        [sys.executable, "-c", caller, "/bin/sh", "-c", f"{script} & sleep 300"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "its guardian was killed\n"
    assert _is_gone(_when_written(tmp_path / "pid"))


def test_fork_bomb(tmp_path: Path, bystander: subprocess.Popen[bytes]) -> None:
    """Bounded by its own count, so that a failing test does not take the machine along."""
    bomb = "n=0; f() { n=$((n+1)); [ $n -lt 7 ] || { sleep 300; return; }; f & f & sleep 300; }; f"
    finished = _run(bomb, tmp_path, deadline_s=1)
    assert finished.timed_out
    assert finished.survivors == 0


def test_forking_and_leaving_without_end(tmp_path: Path) -> None:
    """A process that lives for a moment only, and is another one by the time it is looked for."""
    comet = """
import os, time
until = time.monotonic() + 60
while time.monotonic() < until:
    if os.fork():
        os._exit(0)
    time.sleep(0.001)
"""
    (tmp_path / "comet.py").write_text(comet)
    finished = _run(f"{sys.executable} comet.py & sleep 0.3", tmp_path)
    assert finished.left_behind >= 1
    assert finished.survivors == 0


def test_gigabytes_of_output_take_no_memory(tmp_path: Path) -> None:
    finished = _run("head -c 300000000 /dev/zero", tmp_path, deadline_s=60)
    assert finished.output_bytes == 300_000_000
    assert len(finished.head) + len(finished.tail) <= 256 * 1024
    assert finished.truncated


def test_output_without_a_line_end(tmp_path: Path) -> None:
    assert _run("printf x", tmp_path).output == b"x"


def test_closing_its_output_and_going_on(tmp_path: Path) -> None:
    finished = _run("exec >&- 2>&-; sleep 0.3; exit 4", tmp_path)
    assert finished.exit_code == 4


def test_output_held_open_by_a_daemon(tmp_path: Path) -> None:
    finished = _run("setsid sleep 300 & echo done", tmp_path)
    assert finished.output == b"done\n"
    assert finished.left_behind == 1


def test_killing_the_client_leaves_its_command_alive(tmp_path: Path) -> None:
    """SIGKILL of the client alone: its shell command, in a session of its own, must die too."""
    script = "setsid sh -c 'echo $$ > pid; sleep 1; echo late > late' & sleep 300"
    argv = ["/bin/sh", "-c", script]
    with spawn_agent(argv, env=ENV, cwd=tmp_path, mark=new_mark()) as process:
        command = _when_written(tmp_path / "pid")
        os.kill(process.pid, signal.SIGKILL)
        ended = process.wait(10)
    assert ended is not None
    assert (ended.signal, ended.survivors) == (signal.SIGKILL, 0)
    assert ended.left_behind >= 1
    assert _is_gone(command)


def test_deaf_agent_is_killed_by_the_ladder(tmp_path: Path) -> None:
    script = "trap '' INT TERM; echo $$ > pid; while :; do sleep 0.05; done"
    with spawn_agent(["/bin/sh", "-c", script], env=ENV, cwd=tmp_path, mark=new_mark()) as process:
        pid = _when_written(tmp_path / "pid")
        ended = kill_ladder(process, interrupt_s=0.2, terminate_s=0.2)
    assert ended.killed >= 1
    assert _is_gone(pid)


def test_killing_the_supervisor(tmp_path: Path) -> None:
    """SIGKILL of the supervisor: the client and what it started end all the same."""
    script = f"setsid sh -c 'echo $$ > {tmp_path}/pid; sleep 300; sleep 300' & sleep 300"
    words = [new_mark(), str(tmp_path / "guardian"), "/bin/sh", "-c", script]
    with subprocess.Popen([sys.executable, "-c", SUPERVISOR, *words]) as supervisor:
        command = _when_written(tmp_path / "pid")
        guardian = _when_written(tmp_path / "guardian")
        supervisor.kill()
    assert _is_gone(command)
    assert _is_gone(guardian)


def test_killing_supervisor_and_guardian(
    tmp_path: Path, bystander: subprocess.Popen[bytes]
) -> None:
    """Then the next command finds what is left by its mark."""
    mark = new_mark()
    words = [
        mark,
        str(tmp_path / "guardian"),
        "/bin/sh",
        "-c",
        f"echo $$ > {tmp_path}/pid; sleep 300",
    ]
    with subprocess.Popen([sys.executable, "-c", SUPERVISOR, *words]) as supervisor:
        client = _when_written(tmp_path / "pid")
        guardian = _when_written(tmp_path / "guardian")
        supervisor.send_signal(signal.SIGSTOP)
        os.kill(guardian, signal.SIGKILL)
        supervisor.kill()
    assert _is_gone(guardian)
    assert not _is_gone_now(client)
    assert kill_run(mark) >= 1
    assert _is_gone(client)


def _is_gone_now(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_another_mark_kills_nothing(tmp_path: Path) -> None:
    argv = ["sleep", "300"]
    with spawn_agent(argv, env=ENV, cwd=tmp_path, mark=new_mark()) as process:
        assert kill_run(new_mark()) == 0
        assert kill_run("") == 0
        assert process.poll() is None
