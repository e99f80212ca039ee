"""What the agent prints, brought to the person's terminal or wherever it goes.

The agent never holds the terminal itself: whoever does can read what is typed there, draw a
question of ours, and hand it on to every process it starts.
"""

from __future__ import annotations

import codecs
import os
import select
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from remit.adapters.render.escape import terminal

TERMINAL = threading.Lock()
"""Held by who writes to the terminal: while a question of ours stands, the agent adds nothing."""
_CHUNK = 65536
_LOOK_S = 0.5
_LAST_WORDS_S = 2.0
"""How long the end of a run waits for what is still in the pipe."""


@dataclass(frozen=True, slots=True)
class Output:
    """Descriptors for the agent; None is our own, which is no terminal."""

    stdout: int | None
    stderr: int | None


Look = Callable[[bytes], None]
"""Sees what passes, after it was passed on. It must not raise."""


@contextmanager
def relayed(stdout: TextIO, look: Look | None = None) -> Iterator[Output]:
    """Descriptors for an agent whose output goes to ``stdout`` and to our standard error. With
    ``look`` what it prints passes through here, byte by byte as it is where there is no
    terminal; it has seen all of it when this ends, unless somebody reads very slowly."""
    errors = _Pipe(sys.stderr) if sys.stderr.isatty() else None
    pipes: tuple[_Pipe | _Passage | None, ...] = (_way_to(stdout, look), errors)
    given = [pipe.writing if pipe else None for pipe in pipes]
    try:
        own = stdout.fileno() if stdout is not sys.stdout else None
        yield Output(given[0] if given[0] is not None else own, given[1])
    finally:
        for pipe in pipes:
            if pipe:
                pipe.close()


def _way_to(stdout: TextIO, look: Look | None) -> _Pipe | _Passage | None:
    if stdout.isatty():
        return _Pipe(stdout, look or _overlook)
    return _Passage(stdout.fileno(), look) if look else None


def _overlook(data: bytes) -> None:
    """Nobody looks."""


class _Pipe:
    """One pipe and the thread that empties it into a terminal, control characters made visible."""

    def __init__(self, stream: TextIO, look: Look = _overlook) -> None:
        self._reading, self.writing = os.pipe()
        self._stream = stream
        self._look = look
        self._thread = threading.Thread(target=self._copy, daemon=True)
        self._thread.start()

    def _copy(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while data := os.read(self._reading, _CHUNK):
            lines = decoder.decode(data).split("\n")
            with TERMINAL:
                self._stream.write("\n".join(terminal(line.rstrip("\r")) for line in lines))
                self._stream.flush()
            self._look(data)

    def close(self) -> None:
        os.close(self.writing)
        self._thread.join(_LAST_WORDS_S)
        if not self._thread.is_alive():
            os.close(self._reading)


class _Passage:
    """One pipe and the thread that hands on what comes through it, unchanged. Who reads slowly is
    waited for as the agent would have waited, and the process does not end before."""

    def __init__(self, to: int, look: Look) -> None:
        self._reading, self.writing = os.pipe()
        self._to = to
        self._look = look
        self._over = False
        self._thread = threading.Thread(target=self._pass)
        self._thread.start()

    def _pass(self) -> None:
        try:
            while data := self._next():
                _write(self._to, data)
                self._look(data)
        except OSError:
            pass  # nobody reads any more: the agent is told so by its own next write
        finally:
            os.close(self._reading)

    def _next(self) -> bytes:
        """What comes next; nothing at the end, and once the agent is gone also where a process
        that got away holds the pipe open."""
        while not select.select([self._reading], [], [], _LOOK_S)[0]:
            if self._over:
                return b""
        return os.read(self._reading, _CHUNK)

    def close(self) -> None:
        self._over = True
        os.close(self.writing)
        self._thread.join(_LAST_WORDS_S)


def _write(to: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(to, rest) :]
        except BlockingIOError:
            select.select([], [to], [])
