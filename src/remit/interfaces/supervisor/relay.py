"""What the agent prints, brought to the person's terminal.

The agent never holds the terminal itself: whoever does can read what is typed there, draw a
question of ours, and hand it on to every process it starts.
"""

from __future__ import annotations

import codecs
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from remit.adapters.render.escape import terminal

TERMINAL = threading.Lock()
"""Held by who writes to the terminal: while a question of ours stands, the agent adds nothing."""
_CHUNK = 65536
_LAST_WORDS_S = 2.0
"""How long the end of a run waits for what is still in the pipe."""


@dataclass(frozen=True, slots=True)
class Output:
    """Descriptors for the agent; None is our own, which is no terminal."""

    stdout: int | None
    stderr: int | None


@contextmanager
def relayed(stdout: TextIO) -> Iterator[Output]:
    """Descriptors for an agent whose output goes to ``stdout`` and to our standard error."""
    pipes = [_Pipe.to(stream) for stream in (stdout, sys.stderr)]
    given = [pipe.writing if pipe else None for pipe in pipes]
    try:
        own = stdout.fileno() if stdout is not sys.stdout else None
        yield Output(given[0] if given[0] is not None else own, given[1])
    finally:
        for pipe in filter(None, pipes):
            pipe.close()


class _Pipe:
    """One pipe and the thread that empties it into a terminal, control characters made visible."""

    def __init__(self, stream: TextIO) -> None:
        self._reading, self.writing = os.pipe()
        self._stream = stream
        self._thread = threading.Thread(target=self._copy, daemon=True)
        self._thread.start()

    @staticmethod
    def to(stream: TextIO) -> _Pipe | None:
        return _Pipe(stream) if stream.isatty() else None

    def _copy(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while data := os.read(self._reading, _CHUNK):
            lines = decoder.decode(data).split("\n")
            with TERMINAL:
                self._stream.write("\n".join(terminal(line.rstrip("\r")) for line in lines))
                self._stream.flush()

    def close(self) -> None:
        os.close(self.writing)
        self._thread.join(_LAST_WORDS_S)
        if not self._thread.is_alive():
            os.close(self._reading)
