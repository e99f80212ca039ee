"""What a scan of past sessions found. Money is micro-dollars at list price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from remit.model.transcript import Oddities
from remit.model.untrusted import Untrusted
from remit.model.usage import PER_MICRO, PriceRow, Usage


class Bill(NamedTuple):
    """What some messages used and cost, in millionths of a micro-dollar.

    ``cost`` is of models with a known price; ``estimated`` of the others, at the dearest price
    of their provider. The two are never added up.
    """

    messages: int = 0
    usage: Usage = Usage()
    cost: int = 0
    estimated: int = 0

    def plus(self, other: Bill) -> Bill:
        return Bill(
            self.messages + other.messages,
            self.usage.plus(other.usage),
            self.cost + other.cost,
            self.estimated + other.estimated,
        )

    @property
    def micro_usd(self) -> int:
        return (self.cost + PER_MICRO // 2) // PER_MICRO

    @property
    def estimated_micro_usd(self) -> int:
        return (self.estimated + PER_MICRO // 2) // PER_MICRO


class Cell(NamedTuple):
    """The bill of one file for one day (ISO, local), model and kind of agent."""

    day: str
    model: str
    subagent: bool
    bill: Bill


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one transcript holds, counted without regard to the others.

    ``keys`` are the messages' keys as 64-bit numbers; ``messages`` is the packed list of them,
    opened only where another file holds one of them too.
    """

    agent: str
    path: str
    session: str
    project: str
    cells: tuple[Cell, ...]
    keys: bytes
    messages: bytes
    oddities: Oddities


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table of the report."""

    name: Untrusted
    bill: Bill


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session with its subagents. ``path`` is the file of the main agent where it is there."""

    session: Untrusted
    project: Untrusted
    path: Untrusted
    agent: str
    first_day: str
    bill: Bill


@dataclass(frozen=True, slots=True)
class PricedModel:
    """Which price a model was counted at. ``known`` is false where it is an estimate."""

    model: Untrusted
    row: PriceRow
    known: bool


@dataclass(frozen=True, slots=True)
class FilesSeen:
    """How much was read, and what of it could not be."""

    files: int
    bytes: int
    unreadable_files: tuple[Untrusted, ...] = ()
    unreadable_lines: int = 0
    too_long_lines: int = 0
    cut_files: int = 0
    repeated_messages: int = 0
    """Messages that stood in more than one file; each is counted once."""


@dataclass(frozen=True, slots=True)
class ScanReport:
    """Every table says the same total. ``zone`` is the time zone whose days are meant."""

    total: Bill
    days: tuple[Line, ...]
    projects: tuple[Line, ...]
    models: tuple[Line, ...]
    kinds: tuple[Line, ...]
    sessions: tuple[SessionLine, ...]
    prices: tuple[PricedModel, ...]
    price_source: str
    price_digest: str
    zone: str
    seen: FilesSeen
