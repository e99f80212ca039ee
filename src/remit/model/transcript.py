"""What past sessions of agents say, in our words. All of it is the agent's own record."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from remit.model.usage import Usage


class Message(NamedTuple):
    """One answer of a model, its usage counted once.

    ``key`` stands for (message id, request id). ``minute`` is UTC, ``2026-11-23T06:17``.
    ``processing`` and ``speed`` name what its price depends on, ``""`` for the ordinary.
    """

    key: int
    minute: str
    model: str
    subagent: bool
    usage: Usage
    processing: str = ""
    speed: str = ""


class Outcome(IntEnum):
    """How a past call ended."""

    PENDING = 0
    OK = 1
    FAILED = 2
    DENIED = 3
    OUTAGE = 4
    """The provider or the network failed, not the call."""


class PastCall(NamedTuple):
    """One tool call of a session as loops are found in it.

    ``arguments`` stands for the tool and its whole canonical arguments; ``result`` for the masked
    result, numbered within the session (0: none yet); ``error`` for the masked error text (0:
    none). ``before`` and ``after`` stand for the text an edit replaced and put, 0 for other
    calls. ``message`` is the place of the message that asked for it among the session's.
    """

    actor: str
    tool: str
    arguments: int
    line: int
    message: int
    subject: str = ""
    before: int = 0
    after: int = 0
    result: int = 0
    outcome: Outcome = Outcome.PENDING
    error: int = 0


class Oddities(NamedTuple):
    """What a transcript held that could not be read, in lines; ``cut`` is an unfinished end."""

    unreadable: int = 0
    too_long: int = 0
    cut: bool = False


class Transcript(NamedTuple):
    """One file of a past session.

    ``session`` is the agent's word for it; files of its subagents carry the same one. ``project``
    is the working directory it began in, ``""`` where no record says.
    """

    agent: str
    path: str
    session: str
    project: str
    messages: tuple[Message, ...]
    calls: tuple[PastCall, ...]
    oddities: Oddities
