"""The client's own session records, held against what was metered.

They lie where the agent could write, so they prove nothing; where they differ from the meter, both
are shown.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path

from remit.codec.transcripts.claude_code import ClaudeCode
from remit.codec.transcripts.sink import Asked, Said
from remit.model.meter_events import BudgetReconciled, BudgetSettled, Counted, Difference
from remit.system.blocks import Blocks

MOST_FILES = 500
MOST_ENTRIES = 5_000
"""Of one folder."""
MOST_BYTES = 256 * 1024 * 1024
"""Of all records of one session together."""
MOST_SHOWN = 50
_Key = tuple[str, str]


def reconcile(
    settled: Mapping[str, BudgetSettled], folder: str, session: str
) -> BudgetReconciled | None:
    """The records of ``session`` below ``folder`` beside the answers that were ``settled``; None
    where there is no record."""
    answers = _Answers()
    for path in _records(folder, session):
        answers.read(path)
    if not answers.tokens and not answers.strange:
        return None
    metered = _metered(settled)
    differing = tuple(_differing(metered, answers.tokens))
    return BudgetReconciled(
        len(metered),
        sum(metered.values()),
        len(answers.tokens),
        sum(answers.tokens.values()),
        differing[:MOST_SHOWN],
        max(0, len(differing) - MOST_SHOWN),
        answers.strange,
    )


def _metered(settled: Mapping[str, BudgetSettled]) -> dict[_Key, int]:
    """Tokens by (message id, request id) of every answer that began."""
    found: dict[_Key, int] = {}
    for one in settled.values():
        if one.counted in (Counted.PROVIDER, Counted.ESTIMATE):
            key = one.message, one.request
            found[key] = found.get(key, 0) + one.tokens
    return found


def _differing(metered: Mapping[_Key, int], told: Mapping[_Key, int]) -> Iterator[Difference]:
    for key in sorted({*metered, *told}):
        if metered.get(key) != told.get(key):
            yield Difference(key[0][:200], metered.get(key), told.get(key))


def _records(folder: str, session: str) -> Iterator[Path]:
    """The files of the session and of its subagents: plain ones, within bounds. No link is
    followed: one to the root would lead through all of the machine."""
    room = MOST_BYTES
    for path in sorted(islice(_named(Path(folder), session), MOST_FILES)):
        room -= _size(path)
        if room >= 0:
            yield path


def _named(folder: Path, session: str) -> Iterator[Path]:
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


class _Answers:
    """Takes the usage of each answer; of several records of one the fullest counts."""

    def __init__(self) -> None:
        self.tokens: dict[_Key, int] = {}
        self.strange = 0

    def read(self, path: Path) -> None:
        reader = ClaudeCode(self)
        try:
            for block, end in Blocks(path):
                reader.feed(block, end)
        except OSError:
            self.strange += 1

    def said(self, said: Said) -> None:
        key = said.id, said.request
        self.tokens[key] = max(self.tokens.get(key, 0), said.usage.total)

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
