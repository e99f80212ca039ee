"""The one place that starts git, as for a tree written by an enemy.

Git runs only against a git directory of our own, whose configuration we wrote; the
user's objects are reached through ``objects/info/alternates``. So no configuration, hook,
attribute, filter, pager or transport of the repository is ever read. What the options
below switch off again is a second line for the day somebody passes another directory.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO

from remit.errors import RemitError
from remit.system.programs import of_the_system

OUTPUT_LIMIT = 512 * 1024 * 1024
ERROR_LIMIT = 16 * 1024
TIME_LIMIT_S = 60.0

_OFF = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.pager=cat",
    "core.editor=false",
    "core.sshCommand=false",
    "core.untrackedCache=false",
    "core.autocrlf=false",
    "core.quotePath=false",
    "core.precomposeUnicode=false",
    "credential.helper=",
    "protocol.allow=never",
    "commit.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "submodule.recurse=false",
)


class GitFailed(RemitError):
    """Git answered with an error; ``detail`` is its own last line."""

    def __init__(self, arguments: Sequence[str], detail: str) -> None:
        words = " ".join(arguments[:2])
        super().__init__(
            f"git {words} failed: {detail}", "check the repository with: git fsck --no-dangling"
        )
        self.detail = detail


@dataclass(frozen=True, slots=True)
class GitCall:
    """One call. ``git_dir`` is a directory of ours; ``feed`` goes to its standard input.

    ``accept`` are the exit codes that are answers. ``variables`` extends the environment
    (``GIT_INDEX_FILE``, ``GIT_WORK_TREE``).
    """

    git_dir: Path
    arguments: tuple[str | bytes, ...]
    feed: bytes | None = None
    variables: tuple[tuple[str, str], ...] = ()
    accept: frozenset[int] = frozenset({0})
    time_s: float = TIME_LIMIT_S
    limit: int = OUTPUT_LIMIT
    cwd: Path | None = None


@dataclass(slots=True)
class _Running:
    process: subprocess.Popen[bytes]
    errors: bytearray = field(default_factory=bytearray)
    timed_out: bool = False

    def expire(self) -> None:
        self.timed_out = True
        self.kill()

    def kill(self) -> None:
        """End git and what it started; its group is its own."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def git(call: GitCall) -> bytes:
    """The standard output of one git command; raises :class:`GitFailed`."""
    process = subprocess.Popen(
        _argv(call),
        stdin=subprocess.DEVNULL if call.feed is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(call),
        cwd=call.cwd or call.git_dir,
        start_new_session=True,
        close_fds=True,
    )
    running = _Running(process)
    timer = threading.Timer(call.time_s, running.expire)
    timer.daemon = True
    timer.start()
    try:
        output = _collect(running, call)
        process.wait()
    finally:
        timer.cancel()
        if process.poll() is None:
            running.kill()
            process.wait()
    return _checked(call, running, output)


def _argv(call: GitCall) -> list[str | bytes]:
    options = [part for setting in _OFF for part in ("-c", setting)]
    return [_program(), "--no-pager", "--literal-pathspecs", *options, *call.arguments]


@cache
def _program() -> str:
    """The system's git; without one that of the ``PATH`` as it was when it was first asked for,
    which is before an agent starts."""
    program = of_the_system("git") or shutil.which("git")
    if program is None:
        raise RemitError("git is not installed", "install git 2.30 or newer")
    return program


def _environment(call: GitCall) -> dict[str, str]:
    """Built from nothing: no inherited ``GIT_*``, no home directory with a configuration in it."""
    return {
        "PATH": f"{Path(_program()).parent}:{os.defpath}",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "HOME": str(call.git_dir),
        "XDG_CONFIG_HOME": str(call.git_dir),
        "GIT_DIR": str(call.git_dir),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_PAGER": "cat",
        "GIT_EDITOR": "false",
        "GIT_ASKPASS": "false",
        "GIT_SSH_COMMAND": "false",
        **dict(call.variables),
    }


def _collect(running: _Running, call: GitCall) -> bytes:
    process = running.process
    if process.stdout is None or process.stderr is None:
        raise RemitError("git was started without pipes")
    threads = [threading.Thread(target=_drain, args=(process.stderr, running.errors))]
    if process.stdin is not None and call.feed is not None:
        threads.append(threading.Thread(target=_write, args=(process.stdin, call.feed)))
    for thread in threads:
        thread.start()
    output = process.stdout.read(call.limit + 1)
    if len(output) > call.limit:
        running.kill()
    for thread in threads:
        thread.join()
    process.stdout.close()
    process.stderr.close()
    return output


def _drain(stream: IO[bytes], into: bytearray) -> None:
    while chunk := stream.read(4096):
        into += chunk[: ERROR_LIMIT - len(into)] if len(into) < ERROR_LIMIT else b""


def _write(stream: IO[bytes], data: bytes) -> None:
    try:
        stream.write(data)
        stream.close()
    except BrokenPipeError:
        return  # git ended before it read everything; its exit code says why


def _checked(call: GitCall, running: _Running, output: bytes) -> bytes:
    words = [os.fsdecode(argument) for argument in call.arguments]
    if running.timed_out:
        raise GitFailed(words, f"no answer within {call.time_s:g} s")
    if len(output) > call.limit:
        raise GitFailed(words, f"more than {call.limit:,} bytes of output")
    if running.process.returncode not in call.accept:
        lines = bytes(running.errors).decode("utf-8", "replace").strip().splitlines()
        raise GitFailed(words, lines[-1] if lines else f"exit {running.process.returncode}")
    return output
