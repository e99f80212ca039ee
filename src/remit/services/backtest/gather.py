"""Gathers the calls of one transcript as they were asked, beside what a scan gathers of it."""

from __future__ import annotations

from typing import NamedTuple

from remit.codec.transcripts.claude_code import PlacedClaudeCode
from remit.codec.transcripts.sink import Asked, Said
from remit.model.backtest import RecordedCall
from remit.model.transcript import Transcript
from remit.model.usage import Usage
from remit.services.scan.collect import Collector
from remit.services.scan.find import Found
from remit.services.scan.read import read_into

MOST_GIVEN = 8 * 1024 * 1024
"""Bytes of arguments that are kept. A live run refuses more, and so is told of less."""


class Gathered(NamedTuple):
    """A transcript, with its calls, and when and in which folder each of its messages came."""

    transcript: Transcript
    calls: tuple[RecordedCall, ...]
    times: tuple[str, ...]
    folders: tuple[str, ...]


class Gatherer(Collector):
    """A sink for one file."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._cwd = ""
        self._times: list[str] = []
        self._folders: list[str] = []
        self._asked: list[RecordedCall] = []

    def moved(self, cwd: str) -> None:
        self._cwd = cwd or self._cwd

    def said(self, said: Said) -> None:
        super().said(said)
        if self._now == len(self._times):
            self._times.append(said.at)
            self._folders.append(self._cwd)

    def asked(self, asked: Asked, line: int) -> None:
        if self._now < 0:  # a call of an answer whose usage is not recorded
            self.said(Said(f"{self._path}:{line}", "", "", "", "", Usage(), "", ""))
        known = len(self._calls)
        super().asked(asked, line)
        if len(self._calls) > known:
            given = asked.given if len(asked.given) <= MOST_GIVEN else b""
            subagent = self._calls[-1][0]
            self._asked.append(RecordedCall(asked.id, asked.tool, given, self._cwd, subagent))

    def gathered(self, transcript: Transcript) -> Gathered:
        return Gathered(transcript, tuple(self._asked), tuple(self._times), tuple(self._folders))


def gather(found: Found) -> Gathered:
    """Everything of one file; OSError where it cannot be read."""
    gatherer = Gatherer(found.name)
    return gatherer.gathered(read_into(gatherer, found, PlacedClaudeCode))
