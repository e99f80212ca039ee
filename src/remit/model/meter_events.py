"""What the meter records of a run's model traffic: sizes, digests and usage, never the words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from remit.model.digest import Digest
from remit.model.event import Event
from remit.model.grant import Granter
from remit.model.usage import Usage


@dataclass(frozen=True, slots=True)
class ModelAsked(Event):
    """A request on its way to the model."""

    kind: ClassVar[str] = "model.asked"
    ask: str
    """Numbers the requests of a run: ``m1``, ``m2`` …"""
    dialect: str
    model: str
    actor: str
    """The subagent that asks, as the client says; empty for the main one."""
    size: int
    """Bytes of the request."""
    system: Digest
    tools: Digest
    """Digests of the system prompt and of the tool definitions."""


@dataclass(frozen=True, slots=True)
class BudgetReserved(Event):
    """So much is held for a request from now on, in the place of what was held before."""

    kind: ClassVar[str] = "budget.reserved"
    ask: str
    micro_usd: int
    tokens: int


class AnswerEnd(StrEnum):
    WHOLE = "whole"
    CUT = "cut"
    """Remit ended it: a limit was reached."""
    BROKEN_OFF = "broken-off"
    """The client, the provider or the network ended it before its end."""
    REFUSED = "refused"
    """The provider answered with an error, which costs nothing."""
    UNANSWERED = "unanswered"
    """It never reached the provider, or that said nothing."""
    UNREADABLE = "unreadable"
    """An answer in which no usage could be found."""
    ABANDONED = "abandoned"
    """Nobody knows: the supervisor was gone before it ended."""


class Counted(StrEnum):
    """Who counted the tokens of an answer."""

    PROVIDER = "provider"
    ESTIMATE = "estimate"
    """By what was seen of it; the provider's own count did not come."""
    RESERVE = "reserve"
    """Not at all: as much as was held for it."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class BudgetSettled(Event):
    """A request has come to its end: what was held for it is given back, and this is spent."""

    kind: ClassVar[str] = "budget.settled"
    ask: str
    end: AnswerEnd
    counted: Counted
    message: str
    """The provider's id of the answer; empty where there was none."""
    request: str
    """The provider's id of the request."""
    model: str
    """As the answer names it."""
    input: int
    output: int
    cache_write_5m: int
    cache_write_1h: int
    cache_read: int
    """Tokens, as in ``Usage``: none contains another."""
    searches: int
    """Web searches of the provider: they cost extra, which is not in ``micro_usd``."""
    micro_usd: int
    tokens: int
    """Of ``usage``, or as many as were held where nobody counted."""
    priced_by: str
    """The source of the price and the row, such as ``genai-prices 0.2.3 claude-opus-5-5``."""
    price_known: bool
    calls: tuple[str, ...]
    """Ids of the tool calls that the answer asks for."""
    status: int
    """Of the HTTP answer; 0 where there was none."""
    first_us: int
    took_us: int

    @property
    def usage(self) -> Usage:
        writes = self.cache_write_5m, self.cache_write_1h
        return Usage(self.input, self.output, *writes, self.cache_read)


@dataclass(frozen=True, slots=True)
class BudgetExtended(Event):
    """A person gave a run more of one limit, and named what speaks for it."""

    kind: ClassVar[str] = "budget.extended"
    limit: str
    """Its name, as in a contract."""
    amount: int
    """How much more: seconds, micro-dollars, or a count."""
    reason: str
    evidence: str
    granter: Granter


METER_EVENTS: tuple[type[Event], ...] = (
    *(ModelAsked, BudgetReserved, BudgetSettled),
    BudgetExtended,
)
