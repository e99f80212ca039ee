"""Starting programs that may be hostile, and ending all that they started.

Every program runs below a guardian (``system/guardian.py``), in a session of its own, and
carries a mark in its environment. Three nets, in this order: the guardian's process tree,
orphans we adopt as subreaper if somebody kills the guardian, the mark.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from remit.errors import RemitError
from remit.system import guardian as guardian_module
from remit.system.guardian import PROCESS_LIMIT, end_all, parents, send
from remit.system.reaper import (
    MARK,
    ProcessIdentity,
    become_subreaper,
    descendants,
    is_alive,
    kill_adopted,
    kill_run,
    process_identity,
)

__all__ = [
    "MARK",
    "AgentProcess",
    "CannotStart",
    "Ended",
    "ProcessIdentity",
    "become_subreaper",
    "descendants",
    "is_alive",
    "kill_ladder",
    "kill_run",
    "new_mark",
    "process_identity",
    "spawn_agent",
]

_GUARDIAN = str(Path(guardian_module.__file__).resolve())
_START_LIMIT_S = 20.0
_END_LIMIT_S = 15.0
"""After being told to end its tree, a guardian that says nothing for so long is ended itself."""
_guardians: set[int] = set()


class CannotStart(RemitError):
    """A program could not be started at all; ``number`` is the ``errno``."""

    def __init__(self, program: str, number: int) -> None:
        super().__init__(
            f"cannot start {program}: {os.strerror(number)}", "check that it is installed"
        )
        self.program = program
        self.number = number


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program and its tree ended.

    Exactly one of ``exit_code`` and ``signal`` is set where the program ended by itself or by a
    signal we passed on; neither where its tree was ended first. ``left_behind`` counts processes
    that outlived the program, ``killed`` all that had to be killed, ``survivors`` those that could
    not be. ``fault`` is "" or what went wrong with the guardian.
    """

    exit_code: int | None
    signal: int | None
    left_behind: int
    killed: int
    survivors: int
    fault: str = ""


class AgentProcess:
    """A program below its guardian. Safe to use from several threads."""

    def __init__(self, popen: subprocess.Popen[bytes], control: socket.socket, mark: str) -> None:
        self.mark = mark
        self.guardian = popen.pid
        self.pid = 0
        self.ended: Ended | None = None
        self._popen = popen
        self._control = control
        self._lock = threading.Lock()
        self._unread = b""
        self._refused = 0
        self._fault = ""
        self._identity = process_identity(popen.pid)

    @property
    def stdin(self) -> IO[bytes] | None:
        return self._popen.stdin

    @property
    def stdout(self) -> IO[bytes] | None:
        return self._popen.stdout

    @property
    def stderr(self) -> IO[bytes] | None:
        return self._popen.stderr

    def fileno(self) -> int:
        """Readable when there is something to :meth:`poll`."""
        return self._control.fileno()

    def send_signal(self, number: int) -> None:
        """SIGKILL ends the whole tree, SIGTERM goes to all of it, any other to the program."""
        try:
            self._control.send(bytes([number]), socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        except OSError:
            self.poll()

    def poll(self) -> Ended | None:
        """How it ended, or None; never waits."""
        with self._lock:
            if self.ended is None and self._control.fileno() >= 0:
                self._receive()
            return self.ended

    def wait(self, timeout_s: float | None = None) -> Ended | None:
        """How it ended; None where it has not within ``timeout_s`` seconds."""
        until = None if timeout_s is None else time.monotonic() + timeout_s
        while self.poll() is None:
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                return None
            _readable(self._control, left)
        return self.ended

    async def exited(self) -> Ended:
        """Wait for the end without holding up the event loop."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()

        def look() -> None:
            if self.poll() is not None and not done.done():
                done.set_result(None)

        if self.poll() is None:
            loop.add_reader(self._control, look)
            try:
                await done
            finally:
                loop.remove_reader(self._control)
        if self.ended is None:
            raise AssertionError("exited without an end")
        return self.ended

    def end(self) -> Ended:
        """End the whole tree now and say how that went; bounded in time."""
        if self.poll() is None:
            send(self.guardian, signal.SIGCONT)  # the program may have stopped its guardian
            self.send_signal(signal.SIGKILL)
        ended = self.wait(_END_LIMIT_S) or self._end_by_force()
        self.close()
        return ended

    def close(self) -> None:
        """Let go of the program; the guardian ends whatever is left of it."""
        self._control.close()
        _wait_for(self._popen)
        _guardians.discard(self._popen.pid)
        for stream in (self._popen.stdin, self._popen.stdout, self._popen.stderr):
            if stream is not None:
                stream.close()

    def _receive(self) -> None:
        while self.ended is None and _readable(self._control, 0):
            try:
                data = self._control.recv(4096)
            except ConnectionResetError:
                data = b""
            if not data:
                self.ended = self._guardian_lost()
                return
            *lines, self._unread = (self._unread + data).split(b"\n")
            for line in lines:
                self._take(line.decode().split())

    def _take(self, words: list[str]) -> None:
        match words:
            case ["started", pid]:
                self.pid = int(pid)
            case ["refused", number]:
                self._refused = int(number)
                self.ended = Ended(None, None, 0, 0, 0)
            case ["crowded"]:
                self._fault = f"it started more than {PROCESS_LIMIT} processes"
            case ["ended", status, *counts]:
                left, killed, survivors = (int(count) for count in counts)
                code, by = _read_status(int(status))
                self.ended = Ended(code, by, left, killed, survivors, self._fault)

    def _guardian_lost(self) -> Ended:
        """Somebody killed the guardian: what it held is ours now, or carries the mark."""
        _wait_for(self._popen)
        killed = kill_run(self.mark)
        if self._identity is not None:
            killed += kill_adopted(self._identity, frozenset(_guardians))
        return Ended(None, None, killed, killed, 0, "its guardian was killed")

    def _end_by_force(self) -> Ended:
        """The guardian does not answer: freeze it with its tree and kill both."""
        root = self.guardian

        def tree() -> tuple[int, ...]:
            return (root, *descendants(root)) if root in parents() else descendants(root)

        def alone() -> bool:
            self._popen.poll()
            return not tree()

        killed, survivors = end_all(tree, alone)
        killed += kill_run(self.mark)
        self.ended = Ended(None, None, 0, killed, survivors, "its guardian did not answer")
        return self.ended

    def __enter__(self) -> AgentProcess:
        return self

    def __exit__(self, *_: object) -> None:
        if self.poll() is None:
            self.end()
        self.close()


def new_mark() -> str:
    """A fresh mark for a run's processes."""
    return secrets.token_hex(16)


def spawn_agent(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    mark: str,
    stdin: int | IO[bytes] | None = subprocess.DEVNULL,
    stdout: int | IO[bytes] | None = None,
    stderr: int | IO[bytes] | None = None,
    passed: tuple[int, ...] = (),
) -> AgentProcess:
    """Start ``argv`` with exactly ``env`` (and the mark) and the descriptors ``passed`` below a
    guardian.

    The streams are as of ``subprocess.Popen``. Raises :class:`CannotStart`.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, "-I", "-S", _GUARDIAN, str(theirs.fileno()), "--", *argv]
        try:
            popen = subprocess.Popen(
                command,
                env={**env, MARK: mark},
                cwd=cwd,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                pass_fds=(theirs.fileno(), *passed),
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            raise CannotStart(str(cwd), error.errno or 0) from error
    _guardians.add(popen.pid)
    return _started(AgentProcess(popen, ours, mark), argv[0])


def _started(process: AgentProcess, program: str) -> AgentProcess:
    until = time.monotonic() + _START_LIMIT_S
    while process.poll() is None and not process.pid and time.monotonic() < until:
        if not _readable(process, 0.2):
            # The program may already run and have stopped its guardian before it could tell us.
            send(process.guardian, signal.SIGCONT)
    if process._refused:
        process.close()
        raise CannotStart(program, process._refused)
    if not process.pid and process.ended is None:
        process.end()
        raise CannotStart(program, 0)
    return process


def kill_ladder(
    process: AgentProcess, *, interrupt_s: float = 5.0, terminate_s: float = 3.0
) -> Ended:
    """Ask the program to stop, then all of its tree, then kill all of it; each wait bounded."""
    for number, wait_s in ((signal.SIGINT, interrupt_s), (signal.SIGTERM, terminate_s)):
        if process.poll() is not None:
            break
        process.send_signal(number)
        process.wait(wait_s)
    return process.ended or process.end()


def _read_status(status: int) -> tuple[int | None, int | None]:
    if status < 0:
        return None, None
    if os.WIFSIGNALED(status):
        return None, os.WTERMSIG(status)
    return os.WEXITSTATUS(status), None


def _readable(source: socket.socket | AgentProcess, timeout_s: float | None) -> bool:
    poll = select.poll()
    try:
        poll.register(source, select.POLLIN)
    except ValueError:
        return False  # closed meanwhile by another thread
    return bool(poll.poll(None if timeout_s is None else max(0.0, timeout_s) * 1000))


def _wait_for(popen: subprocess.Popen[bytes]) -> None:
    try:
        popen.wait(_END_LIMIT_S)
    except subprocess.TimeoutExpired:
        popen.kill()
        popen.wait()
