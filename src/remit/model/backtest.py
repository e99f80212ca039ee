"""What recorded sessions would have been under a contract. Money is millionths of a micro-dollar
unless its name says micro-dollars; everything that counts calls counts recorded ones."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from remit.model.contract import Contract
from remit.model.scan import FilesSeen
from remit.model.transcript import Outcome
from remit.model.untrusted import Untrusted
from remit.model.usage import PER_MICRO


class RecordedCall(NamedTuple):
    """One tool call as its record holds it. ``given`` is the JSON of its arguments; ``cwd`` is
    ``""`` where no record says; ``subagent`` is ``""`` for the main agent."""

    id: str
    tool: str
    given: bytes
    cwd: str
    subagent: str


class Unclear(StrEnum):
    """Why a recorded call is not decided. Never a guess in its place."""

    PLACE = "no absolute working directory is recorded"
    HOME = "the home directory it names is not recorded"
    CALL = "the record is no call that can be read; a live run refuses such a call"


class Fate(StrEnum):
    """What a contract would have made of one recorded call."""

    ALLOWED = "allowed"
    ANSWERED = "answered"
    """Allowed by the answer to an earlier question of the same session."""
    ASKED = "asked"
    DENIED = "denied"
    STOPPED = "stopped"
    UNCLEAR = "unclear"


class StopRule(StrEnum):
    """What ends a session beside a decision on a call."""

    TIME = "budget.time"
    SPEND = "budget.spend"


class After(NamedTuple):
    """What a session still did after it would have been stopped: measured from its record.

    ``cost`` is at known prices, ``estimated`` that of models without one; ``seconds`` without
    pauses; ``succeeded`` are those of ``calls`` whose record says so.
    """

    messages: int = 0
    tokens: int = 0
    cost: int = 0
    estimated: int = 0
    seconds: int = 0
    calls: int = 0
    succeeded: int = 0

    def plus(self, other: After) -> After:
        return After(*(one + more for one, more in zip(self, other, strict=True)))

    @property
    def micro_usd(self) -> int:
        return (self.cost + PER_MICRO // 2) // PER_MICRO

    @property
    def estimated_micro_usd(self) -> int:
        return (self.estimated + PER_MICRO // 2) // PER_MICRO


NOTHING_AFTER = After()


@dataclass(frozen=True, slots=True)
class Interruption:
    """A recorded call that would not have passed as it did.

    ``words`` are what the agent would have read. ``honest`` is a judgement: the record says that
    the call succeeded, it stands in no loop, and what it wrote was not taken back.
    """

    rule: str
    fate: Fate
    tool: Untrusted
    shown: Untrusted
    path: Untrusted
    line: int
    words: Untrusted
    recorded: Outcome
    honest: bool
    opened: bool
    """Whether a line of a contract would let it through."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Where a session would have ended, by which rule, and what came after."""

    rule: str
    path: Untrusted
    line: int
    words: Untrusted
    after: After


@dataclass(frozen=True, slots=True)
class Replayed:
    """One session under the contract, up to its stop. ``used`` is the whole of what it used."""

    session: Untrusted
    project: Untrusted
    path: Untrusted
    agent: str
    first_day: str
    last_day: str
    used: After
    fates: dict[Fate, int]
    unclear: dict[Unclear, int]
    questions: int
    as_written: int
    """Calls that name paths, which were taken as written: links are not known."""
    held: tuple[Interruption, ...]
    stopped: Stopped | None


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Everything one rule held. ``examples`` are a few of it, honest ones first."""

    rule: str
    fate: Fate
    calls: int
    sessions: int
    succeeded: int
    honest: int
    examples: tuple[Interruption, ...]


@dataclass(frozen=True, slots=True)
class StopGroup:
    """Every session that one rule would have stopped. ``live`` is false where no live run is
    stopped by that rule yet."""

    rule: str
    live: bool
    sessions: int
    after: After
    examples: tuple[Stopped, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the contract: ``old`` (``""``: nothing) makes room for ``new`` (nothing: it is
    taken out). ``why`` is what it rests upon."""

    line: str
    old: Untrusted
    new: tuple[Untrusted, ...]
    why: str

    @property
    def is_wider(self) -> bool:
        return not self.old.text


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A draft for a person. Of ``honest`` interrupted calls it lets ``covered`` through, as far as
    words tell; for ``closed`` of them no contract has a line."""

    draft: Contract
    changes: tuple[Change, ...]
    honest: int
    covered: int
    closed: int


@dataclass(frozen=True, slots=True)
class BacktestReport:
    """What recorded sessions would have been. ``used`` is what all of them really used."""

    source: Untrusted
    digest: str
    sessions: tuple[Replayed, ...]
    used: After
    fates: dict[Fate, int]
    unclear: dict[Unclear, int]
    questions: int
    as_written: int
    rules: tuple[RuleGroup, ...]
    stops: tuple[StopGroup, ...]
    suggestion: Suggestion
    advisory: tuple[str, ...]
    price_source: str
    price_digest: str
    unread: FilesSeen
    foreign: int
    """Sessions of agents whose calls are not read yet."""

    @property
    def honest(self) -> int:
        """Honest work interrupted, in calls: a judgement."""
        return self.suggestion.honest
