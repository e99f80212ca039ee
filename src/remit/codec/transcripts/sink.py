"""What a reader of session records hands on, one call for each thing it finds."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from remit.model.usage import Usage

MOST_TOKENS = 20_000_000
"""Of one kind in one message. More is no usage: the record is not believed, and counted so."""


class Said(NamedTuple):
    """A record of a model's answer. One answer may come in several records, each with the usage
    so far, none where it is not recorded. ``id`` and ``request`` name the answer; ``at`` is an ISO
    time in UTC."""

    id: str
    request: str
    at: str
    model: str
    subagent: str
    usage: Usage
    processing: str
    speed: str


class Asked(NamedTuple):
    """A tool call. ``arguments``, ``before`` and ``after`` stand for texts, see ``PastCall``;
    ``given`` are the arguments as JSON, as they were recorded."""

    id: str
    tool: str
    arguments: int
    subject: str = ""
    before: int = 0
    after: int = 0
    given: bytes = b""


class Sink(Protocol):
    def said(self, said: Said) -> None: ...

    def asked(self, asked: Asked, line: int) -> None:
        """A call of the answer that was last said."""

    def answered(self, call: str, failed: bool, content: bytes) -> None:
        """The result of a call; ``content`` is the beginning of its JSON."""

    def belongs(self, session: str, project: str) -> None:
        """What the first record that says so tells about the session."""

    def moved(self, cwd: str) -> None:
        """Where the calls that follow are made; told only by readers of calls."""

    def unreadable(self) -> None:
        """A line that cannot be read as what it seems to be."""
