"""Spreads work that is bound by the processor over several processes."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO

_MOST_TOKENS = 8192
"""Fit into a pipe nobody reads from yet."""
_TOKEN = struct.Struct("<I")
_HEAD = struct.Struct("<IQ")


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


@dataclass(slots=True)
class _Share:
    """The jobs one process did, in a file without a name."""

    file: IO[bytes]

    def put(self, job: int, result: bytes) -> None:
        self.file.write(_HEAD.pack(job, len(result)))
        self.file.write(result)

    def places(self) -> Iterator[tuple[int, int, int]]:
        self.file.seek(0)
        at = 0
        while len(head := self.file.read(_HEAD.size)) == _HEAD.size:
            job, size = _HEAD.unpack(head)
            at += _HEAD.size
            yield job, at, size
            at += size
            self.file.seek(at)


def spread(
    jobs: int,
    work: Callable[[int], bytes],
    processes: int,
    progress: Callable[[int], None] = lambda done: None,
) -> Iterator[bytes]:
    """The results of ``work(0)`` … ``work(jobs - 1)``, in this order.

    This process works as well, beside ``processes - 1`` forked ones; whoever is free takes the
    next job. A process that dies loses only time: its missing jobs are done here.
    """
    step = -(-jobs // _MOST_TOKENS) or 1
    tokens, fill = os.pipe()
    for token in range(0, jobs, step):
        os.write(fill, _TOKEN.pack(token))
    with ExitStack() as files:
        shares = [_Share(files.enter_context(TemporaryFile())) for _ in range(max(processes, 1))]
        children = [_fork(tokens, fill, step, jobs, work, share) for share in shares[1:]]
        os.close(fill)
        try:
            _do(tokens, step, jobs, work, shares[0], progress)
        finally:
            os.close(tokens)
            for child in children:
                os.waitpid(child, 0)
        yield from _in_order(jobs, work, shares)


def _fork(
    tokens: int, fill: int, step: int, jobs: int, work: Callable[[int], bytes], share: _Share
) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        os.close(fill)
        _do(tokens, step, jobs, work, share, lambda done: None)
        share.file.flush()
        code = 0
    finally:
        os._exit(code)


def _do(
    tokens: int,
    step: int,
    jobs: int,
    work: Callable[[int], bytes],
    share: _Share,
    progress: Callable[[int], None],
) -> None:
    while len(token := os.read(tokens, _TOKEN.size)) == _TOKEN.size:
        first = _TOKEN.unpack(token)[0]
        progress(first)
        for job in range(first, min(first + step, jobs)):
            share.put(job, work(job))


def _in_order(jobs: int, work: Callable[[int], bytes], shares: list[_Share]) -> Iterator[bytes]:
    places = {job: (share, at, size) for share in shares for job, at, size in _whole(share)}
    for job in range(jobs):
        if job in places:
            share, at, size = places[job]
            share.file.seek(at)
            yield share.file.read(size)
        else:
            yield work(job)


def _whole(share: _Share) -> list[tuple[int, int, int]]:
    """What was written to the end: a process may have died in the middle of one."""
    share.file.flush()
    length = os.fstat(share.file.fileno()).st_size
    return [place for place in share.places() if place[1] + place[2] <= length]
