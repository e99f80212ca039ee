"""Running a program we do not trust: its time, its output and its processes are bounded."""

from __future__ import annotations

import hashlib
import os
import select
import signal
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from remit.model.digest import Digest
from remit.system.process import AgentProcess, Ended, new_mark, spawn_agent

OUTPUT_LIMIT = 256 * 1024
_CHUNK = 64 * 1024
_GRACE_S = 1.0
"""Between asking a program past its deadline to go and killing it."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What a bounded program did.

    ``exit_code`` is None where it ended by ``signal`` or was ended with its tree. ``head`` and
    ``tail`` are the beginning and the end of its output (both streams as they came, no gap unless
    ``truncated``); ``output_digest`` covers all ``output_bytes``. ``left_behind`` counts processes
    that outlived it (all killed but ``survivors``). ``fault`` is "" or what went wrong around it.
    """

    exit_code: int | None
    signal: int | None
    head: bytes
    tail: bytes
    output_digest: Digest
    output_bytes: int
    truncated: bool
    duration_ms: int
    timed_out: bool
    left_behind: int
    survivors: int
    fault: str = ""

    @property
    def output(self) -> bytes:
        """What was kept, with a line in the place of what was not."""
        if not self.truncated:
            return self.head + self.tail
        lost = self.output_bytes - len(self.head) - len(self.tail)
        return self.head + f"\n[{lost} bytes left out]\n".encode() + self.tail


class BoundedOutput:
    """Keeps the first quarter and the last three quarters of ``limit`` bytes, digests all."""

    def __init__(self, limit: int) -> None:
        self._head_limit = limit // 4
        self._tail_limit = limit - self._head_limit
        self._hash = hashlib.sha256()
        self._head = bytearray()
        self._tail = bytearray()
        self.total = 0

    def feed(self, data: bytes) -> None:
        self._hash.update(data)
        self.total += len(data)
        room = self._head_limit - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        self._tail += data
        if len(self._tail) > 2 * self._tail_limit:
            del self._tail[: -self._tail_limit]

    @property
    def digest(self) -> Digest:
        """SHA-256 of everything that was fed, kept or not."""
        return Digest("sha256:" + self._hash.hexdigest())

    @property
    def head(self) -> bytes:
        return bytes(self._head)

    @property
    def tail(self) -> bytes:
        """The last bytes after ``head``; what lies between is lost where ``truncated``."""
        return bytes(self._tail[-self._tail_limit :]) if self._tail_limit else b""

    @property
    def truncated(self) -> bool:
        return self.total > len(self._head) + len(self.tail)


def run_bounded(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    deadline_s: float,
    output_limit: int = OUTPUT_LIMIT,
    stdin: bytes | None = None,
) -> Finished:
    """Run ``argv`` to its end or its deadline; nothing it started is alive afterwards.

    The environment is exactly ``env`` (and our mark). Blocks; raises CannotStart.
    """
    started = time.monotonic()
    output = BoundedOutput(output_limit)
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    with open(reading, "rb", buffering=0) as pipe, _input(stdin) as given:  # noqa: PTH123
        try:
            process = spawn_agent(
                argv, env=env, cwd=cwd, mark=new_mark(), stdin=given, stdout=writing, stderr=writing
            )
        finally:
            os.close(writing)
        with process:
            ended, timed_out = _follow(process, pipe, output, started + deadline_s)
            _drain(pipe, output)
    return _finished(ended, output, time.monotonic() - started, timed_out)


def _input(data: bytes | None) -> IO[bytes]:
    if data is None:
        return Path(os.devnull).open("rb")
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the caller closes it)
    file.write(data)
    file.seek(0)
    return file


def _follow(
    process: AgentProcess, pipe: IO[bytes], output: BoundedOutput, deadline: float
) -> tuple[Ended, bool]:
    """Read until the whole tree has ended, and see to it that it does: (how, past deadline)."""
    poll = select.poll()
    poll.register(process, select.POLLIN)
    poll.register(pipe, select.POLLIN)
    asked = False
    while (ended := process.poll()) is None:
        left = deadline - time.monotonic()
        if left <= 0 and asked:
            return process.end(), True
        if left <= 0:
            asked, deadline = True, time.monotonic() + _GRACE_S
            process.send_signal(signal.SIGTERM)
            continue
        ready = {fd for fd, _ in poll.poll(left * 1000)}
        if pipe.fileno() in ready and not _read_some(pipe, output):
            poll.unregister(pipe)
    return ended, asked


def _read_some(pipe: IO[bytes], output: BoundedOutput) -> bool:
    """Feed what is there; False at the end of the stream."""
    data: bytes | None = pipe.read(_CHUNK)
    if data is None:
        return True
    output.feed(data)
    return bool(data)


def _drain(pipe: IO[bytes], output: BoundedOutput) -> None:
    """What is left in the pipe itself; who still holds it open is not waited for."""
    for _ in range(32):
        if not (data := pipe.read(_CHUNK)):
            return
        output.feed(data)


def _finished(ended: Ended, output: BoundedOutput, seconds: float, timed_out: bool) -> Finished:
    return Finished(
        exit_code=ended.exit_code,
        signal=ended.signal,
        head=output.head,
        tail=output.tail,
        output_digest=output.digest,
        output_bytes=output.total,
        truncated=output.truncated,
        duration_ms=int(seconds * 1000),
        timed_out=timed_out,
        left_behind=ended.left_behind,
        survivors=ended.survivors,
        fault=ended.fault,
    )
