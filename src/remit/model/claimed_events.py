"""What the client itself says of its answers, and how the sources of a run's cost compare.

Whoever can write where the client writes can say it too: these prove nothing, and count only
where no meter does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from remit.model.account import Amount
from remit.model.event import Event
from remit.model.usage import Usage

EXPORT_S = 1
"""How often the client is told to send its telemetry."""
LOOK_S = 2
"""How often its session records are looked at."""
LAG_S = EXPORT_S + LOOK_S
"""How far behind the end of an answer its count may be."""


class Source(StrEnum):
    """Who says what a run's answers cost."""

    METER = "meter"
    TRANSCRIPT = "transcript"
    """The client's session records."""
    TELEMETRY = "telemetry"
    """What it sent over OTLP."""
    RESULT = "result"
    """The record it printed at its end."""


@dataclass(frozen=True, slots=True)
class ClaimedAnswer:
    """One answer as the client's telemetry tells it. ``key`` names it, however often it is sent:
    the provider's ``request`` id, or where it has none its time and number."""

    key: str
    request: str
    model: str
    input: int
    output: int
    cache_write_5m: int
    cache_write_1h: int
    cache_read: int
    micro_usd: int
    """By the client's own prices."""

    @property
    def usage(self) -> Usage:
        writes = self.cache_write_5m, self.cache_write_1h
        return Usage(self.input, self.output, *writes, self.cache_read)

    def is_fuller(self, other: ClaimedAnswer | None) -> bool:
        """Whether this says more of the same answer."""
        if other is None:
            return True
        return (self.usage.total, self.micro_usd) > (other.usage.total, other.micro_usd)


@dataclass(frozen=True, slots=True)
class UsageClaimed(Event):
    """The client's telemetry told of answers. Of several records of one the fullest counts."""

    kind: ClassVar[str] = "usage.claimed"
    answers: tuple[ClaimedAnswer, ...]
    unreadable: int
    """Records, or whole messages, that could not be read or were too many."""


@dataclass(frozen=True, slots=True)
class ResultClaimed(Event):
    """The client printed what its session cost so far, earlier stays included."""

    kind: ClassVar[str] = "result.claimed"
    tokens: int
    micro_usd: int


@dataclass(frozen=True, slots=True)
class BudgetClaimed(Event):
    """Nothing meters this run: so much was spent as the client's own records and its telemetry
    have it, each counted by itself, at list prices."""

    kind: ClassVar[str] = "budget.claimed"
    transcript_micro_usd: int
    transcript_tokens: int
    telemetry_micro_usd: int
    telemetry_tokens: int
    unpriced: bool
    """Whether a model without a known price answered."""

    @property
    def amount(self) -> Amount:
        """What counts: the larger of each. Nothing that a source leaves out makes it less."""
        return Amount(
            max(self.transcript_micro_usd, self.telemetry_micro_usd),
            max(self.transcript_tokens, self.telemetry_tokens),
        )

    def joined(self, other: BudgetClaimed) -> BudgetClaimed:
        """The larger of each number: what was spent once stays spent."""
        return BudgetClaimed(
            max(self.transcript_micro_usd, other.transcript_micro_usd),
            max(self.transcript_tokens, other.transcript_tokens),
            max(self.telemetry_micro_usd, other.telemetry_micro_usd),
            max(self.telemetry_tokens, other.telemetry_tokens),
            self.unpriced or other.unpriced,
        )


@dataclass(frozen=True, slots=True)
class SourceTotal:
    """All that one source says. None is what it does not tell."""

    source: Source
    answers: int | None
    tokens: int
    micro_usd: int | None
    unreadable: int


class Unit(StrEnum):
    """What two sources say differs."""

    TOKENS = "tokens"
    MICRO_USD = "micro-usd"


@dataclass(frozen=True, slots=True)
class Difference:
    """What two sources say otherwise: ``of`` is the id of an answer or of its request, empty for
    all answers together; None is said by one that does not know it."""

    of: str
    unit: Unit
    one: Source
    one_says: int | None
    other: Source
    other_says: int | None


@dataclass(frozen=True, slots=True)
class BudgetReconciled(Event):
    """The sources of a run's cost side by side. Nothing is put right by it, and no mean is taken:
    where two differ, both are shown."""

    kind: ClassVar[str] = "budget.reconciled"
    schema: ClassVar[int] = 2
    sources: tuple[SourceTotal, ...]
    differing: tuple[Difference, ...]
    """Pair by pair of sources."""
    left_out: int
    """Differences beyond the first fifty of a pair."""


CLAIMED_EVENTS: tuple[type[Event], ...] = (
    *(UsageClaimed, ResultClaimed, BudgetClaimed),
    BudgetReconciled,
)
