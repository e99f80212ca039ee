"""Running a program within bounds: what it said, how it ended, how long it took."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from remit.system.bounded import BoundedOutput, Finished, run_bounded
from remit.system.process import (
    CannotStart,
    is_alive,
    kill_ladder,
    new_mark,
    process_identity,
    spawn_agent,
)

ENV = {"PATH": os.environ["PATH"]}


def _run(script: str, tmp_path: Path, deadline_s: float = 20, **more: bytes | None) -> Finished:
    argv = ["/bin/sh", "-c", script]
    return run_bounded(argv, cwd=tmp_path, env=ENV, deadline_s=deadline_s, **more)


def test_both_streams_come_in_the_order_they_were_written(tmp_path: Path) -> None:
    finished = _run("echo one; echo two >&2; echo three; exit 3", tmp_path)
    assert finished.output == b"one\ntwo\nthree\n"
    assert (finished.exit_code, finished.signal, finished.timed_out) == (3, None, False)
    assert finished.output_digest == "sha256:" + hashlib.sha256(b"one\ntwo\nthree\n").hexdigest()


def test_a_signal_is_told_apart_from_an_exit_status(tmp_path: Path) -> None:
    finished = _run("kill -SEGV $$", tmp_path)
    assert (finished.exit_code, finished.signal) == (None, signal.SIGSEGV)


def test_the_environment_is_exactly_the_given_one(tmp_path: Path) -> None:
    finished = _run("exec /usr/bin/env", tmp_path)
    names = {line.partition("=")[0] for line in finished.output.decode().splitlines()}
    assert names - {"PWD", "SHLVL", "_", "OLDPWD"} == {"PATH", "REMIT_MARK"}


def test_input_is_given_and_otherwise_empty(tmp_path: Path) -> None:
    assert _run("cat", tmp_path, stdin=b"x" * 300_000).output_bytes == 300_000
    assert _run("cat", tmp_path).output_bytes == 0


def test_a_program_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(CannotStart) as caught:
        run_bounded(["no-such-program"], cwd=tmp_path, env=ENV, deadline_s=5)
    assert "no-such-program" in caught.value.message


def test_a_directory_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(CannotStart):
        run_bounded(["true"], cwd=tmp_path / "gone", env=ENV, deadline_s=5)


def test_programs_get_the_usual_signal_behaviour(tmp_path: Path) -> None:
    """The guardian ignores signals; what it starts must not inherit that."""
    script = "import signal; print(*[signal.getsignal(n) == 1 for n in (2, 15, 1, 13)][1:3])"
    finished = _run(f"{sys.executable} -c '{script}'; yes | head -1", tmp_path)
    assert finished.output == b"False False\ny\n"


def test_output_between_head_and_tail_is_left_out_and_still_digested() -> None:
    output = BoundedOutput(100)
    whole = b"".join(b"%04d" % number for number in range(1000))
    for start in range(0, len(whole), 7):
        output.feed(whole[start : start + 7])
    assert output.head == whole[:25]
    assert output.tail == whole[-75:]
    assert output.truncated
    assert output.digest == "sha256:" + hashlib.sha256(whole).hexdigest()


@pytest.mark.parametrize("size", [0, 1, 24, 25, 26, 99, 100])
def test_output_up_to_the_limit_is_kept_whole(size: int) -> None:
    output = BoundedOutput(100)
    output.feed(bytes(range(size)))
    assert output.head + output.tail == bytes(range(size))
    assert not output.truncated


def test_an_identity_ends_with_its_process() -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        identity = process_identity(process.pid)
        assert identity is not None
        assert is_alive(identity)
        process.kill()
        process.wait()
        assert not is_alive(identity)
    assert process_identity(process.pid) is None


def test_the_ladder_lets_a_polite_program_end_itself(tmp_path: Path) -> None:
    script = "trap 'echo bye; exit 7' INT; echo ready; while :; do sleep 0.05; done"
    argv = ["/bin/sh", "-c", script]
    pipe = subprocess.PIPE
    with spawn_agent(argv, env=ENV, cwd=tmp_path, mark=new_mark(), stdout=pipe) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        ended = kill_ladder(process)
        assert (ended.exit_code, ended.signal) == (7, None)
        assert process.stdout.read() == b"bye\n"


def test_an_agent_is_awaited_without_blocking(tmp_path: Path) -> None:
    async def live() -> int | None:
        argv = ["/bin/sh", "-c", "sleep 0.2; exit 5"]
        with spawn_agent(argv, env=ENV, cwd=tmp_path, mark=new_mark()) as process:
            waiting = asyncio.ensure_future(process.exited())
            await asyncio.sleep(0)
            assert process.poll() is None
            return (await waiting).exit_code

    assert asyncio.run(live()) == 5
