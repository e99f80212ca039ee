"""The client's own session records, held against what was metered.

They lie where the agent could write, so they prove nothing; where they differ from the meter, both
are shown.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from remit.codec.transcripts.claude_code import ClaudeCode
from remit.codec.transcripts.sink import Asked, Said
from remit.model.meter_events import BudgetReconciled, BudgetSettled, Counted, Difference
from remit.system.blocks import Blocks

MOST_FILES = 500
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
    """The files of the session and of its subagents: plain ones, within bounds."""
    projects = Path(folder)
    named = (*projects.glob(f"*/{session}.jsonl"), *projects.glob(f"*/{session}/**/*.jsonl"))
    room = MOST_BYTES
    for path in sorted(named)[:MOST_FILES]:
        try:
            status = os.lstat(path)
        except OSError:
            continue
        room -= status.st_size
        if stat.S_ISREG(status.st_mode) and room >= 0:
            yield path


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
