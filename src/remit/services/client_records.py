"""The client's own session records: found, and read as far as they have grown.

They lie where the agent could write: no link is followed, everything is bounded, and what was
counted once is not taken back by what a record says later.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from remit.codec.transcripts.claude_code import ClaudeCode
from remit.codec.transcripts.sink import Asked, Said
from remit.model.usage import Usage
from remit.system.blocks import Blocks

MOST_FILES = 500
MOST_ENTRIES = 5_000
"""Of one folder."""
MOST_BYTES = 256 * 1024 * 1024
"""Of all records of one session together."""
MOST_ANSWERS = 100_000
Key = tuple[str, str]
"""The provider's ids of an answer and of its request."""


class Answered(NamedTuple):
    """One answer as the records have it; ``processing`` and ``speed`` as prices know them."""

    model: str
    usage: Usage
    processing: str
    speed: str


class ClientRecords:
    """The records of ``session`` and of its subagents below ``folder``, empty where there are none.
    ``answers`` has each answer once; ``strange`` counts what could not be read."""

    def __init__(self, folder: str, session: str) -> None:
        self.answers: dict[Key, Answered] = {}
        self.strange = 0
        self._folder = Path(folder) if folder else None
        self._session = session
        self._read: dict[Path, int] = {}

    def look(self) -> None:
        """Read whole lines that were written since the last look."""
        if self._folder is None:
            return
        for path in _within_bounds(_named(self._folder, self._session)):
            blocks = Blocks(path, self._read.get(path, 0))
            reader = ClaudeCode(self)
            try:
                for block, end in blocks:
                    reader.feed(block, end)
            except OSError:
                self.strange += 1
            self._read[path] = blocks.offset

    # what the reader hands on

    def said(self, said: Said) -> None:
        """Of several records of one answer the fullest counts."""
        key, known = (said.id, said.request), self.answers.get((said.id, said.request))
        if known is None and len(self.answers) >= MOST_ANSWERS:
            self.strange += 1
        elif known is None or said.usage.total > known.usage.total:
            self.answers[key] = Answered(said.model, said.usage, said.processing, said.speed)

    def asked(self, asked: Asked, line: int) -> None:
        """Calls are the hooks' business."""

    def answered(self, call: str, failed: bool, content: bytes) -> None:
        """Results as well."""

    def belongs(self, session: str, project: str) -> None:
        """The file's name says whose it is."""

    def moved(self, cwd: str) -> None:
        """Where a call is made changes no price."""

    def unreadable(self) -> None:
        self.strange += 1


def _within_bounds(paths: Iterator[Path]) -> Iterator[Path]:
    room = MOST_BYTES
    for path in sorted(islice(paths, MOST_FILES)):
        room -= _size(path)
        if room >= 0:
            yield path


def _named(folder: Path, session: str) -> Iterator[Path]:
    """The files of the session and of its subagents: plain ones. No link is followed: one to the
    root would lead through all of the machine."""
    for project in _entries(folder, stat.S_ISDIR):
        wanted = (project / f"{session}.jsonl", project / session)
        yield from (path for path in wanted[:1] if _is(path, stat.S_ISREG))
        if _is(wanted[1], stat.S_ISDIR) and _is(wanted[1] / "subagents", stat.S_ISDIR):
            files = _entries(wanted[1] / "subagents", stat.S_ISREG)
            yield from (path for path in files if path.suffix == ".jsonl")


def _entries(folder: Path, kind: Callable[[int], bool]) -> Iterator[Path]:
    """The first entries of ``folder`` of this kind; none where it cannot be listed."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in islice(entries, MOST_ENTRIES):
            if _is(Path(entry.path), kind):
                yield Path(entry.path)


def _is(path: Path, kind: Callable[[int], bool]) -> bool:
    try:
        return kind(os.lstat(path).st_mode)
    except OSError:
        return False


def _size(path: Path) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:
        return 0
