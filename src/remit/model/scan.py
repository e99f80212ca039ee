"""What a scan of past sessions found. Money is micro-dollars at list price."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from remit.model.loops import LoopKind
from remit.model.transcript import Message, Oddities
from remit.model.untrusted import Untrusted
from remit.model.usage import PER_MICRO, PriceRow, Usage


class Stamp(NamedTuple):
    """What changes when a file does."""

    size: int
    changed_ns: int
    inode: int


class Bill(NamedTuple):
    """What some messages used and cost, in millionths of a micro-dollar.

    ``cost`` is of models with a known price; ``estimated`` of the others, at the dearest price
    of their provider. The two are never added up. ``unmetered`` messages were recorded without
    their usage, so that what they cost is in neither.
    """

    messages: int = 0
    usage: Usage = Usage()
    cost: int = 0
    estimated: int = 0
    unmetered: int = 0

    @staticmethod
    def sum(bills: Collection[Bill]) -> Bill:
        if not bills:
            return Bill()
        if len(bills) == 1:
            return next(iter(bills))
        messages, usages, costs, estimates, unmetered = zip(*bills, strict=True)
        usage = Usage(*map(sum, zip(*usages, strict=True)))
        return Bill(sum(messages), usage, sum(costs), sum(estimates), sum(unmetered))

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


class LoopFact(NamedTuple):
    """A loop of one file, by its lines. Money is in millionths of a micro-dollar.

    ``stopped_line`` is the last call a default contract would have let pass, 0 where its rules
    only warn. ``cost`` is what the repetitions cost, ``saved`` what came after the stop;
    ``priced`` is false where a model among them has no known price, which is then left out.
    ``message`` is the message that began it, among those of the file.
    """

    kind: LoopKind
    tool: str
    day: str
    times: int
    subagent: bool
    first_line: int
    stopped_line: int
    last_line: int
    message: int
    cost: int
    saved: int
    priced: bool


class Overtime(NamedTuple):
    """What the main agent of one file did after the default time box: messages and what they
    cost, in millionths of a micro-dollar. Pauses are not counted as its time."""

    messages: int = 0
    cost: int = 0
    estimated: int = 0


class FileFacts(NamedTuple):
    """What one transcript holds."""

    agent: str
    path: str
    session: str
    project: str
    cells: tuple[Cell, ...]
    loops: tuple[LoopFact, ...]
    outages: int
    oddities: Oddities
    overtime: Overtime


class FileRead(NamedTuple):
    """One transcript as it was read, counted without regard to the others.

    ``keys`` are the messages' keys as 64-bit numbers.
    """

    facts: FileFacts
    keys: bytes
    messages: tuple[Message, ...]


class Merged(NamedTuple):
    """Files that count only what is theirs, as they were at ``stamps``.

    ``keys`` are those of all their messages, file after file; ``counts`` is how many each has.
    ``shared`` are paths of files that hold a message of another one; ``repeated`` is how many
    messages were left out.
    """

    files: tuple[FileFacts, ...] = ()
    stamps: tuple[Stamp, ...] = ()
    keys: bytes = b""
    counts: tuple[int, ...] = ()
    shared: frozenset[str] = frozenset()
    repeated: int = 0


class Line(NamedTuple):
    """One line of a table of the report."""

    name: Untrusted
    bill: Bill


class TableRow(NamedTuple):
    """One line of the table from which every other one is a sum. ``kind`` is main or subagent,
    ``agent`` the program."""

    day: str
    project: Untrusted
    model: Untrusted
    kind: str
    agent: str
    bill: Bill


class SessionLine(NamedTuple):
    """One session with its subagents. ``path`` is the file of the main agent where it is there."""

    session: Untrusted
    project: Untrusted
    path: Untrusted
    agent: str
    first_day: str
    bill: Bill


class LoopLine(NamedTuple):
    """One loop of a session: where it stands, and what it cost."""

    session: Untrusted
    project: Untrusted
    path: Untrusted
    tool: Untrusted
    fact: LoopFact

    @property
    def micro_usd(self) -> int:
        return (self.fact.cost + PER_MICRO // 2) // PER_MICRO

    @property
    def saved_micro_usd(self) -> int:
        return (self.fact.saved + PER_MICRO // 2) // PER_MICRO


class LoopSum(NamedTuple):
    """What the loops under one rule cost, and what would have been saved by it."""

    kind: LoopKind
    loops: int
    stopped: int
    micro_usd: int
    saved_micro_usd: int


class TimeBox(NamedTuple):
    """What came after the default time box of ``seconds`` in the files that went beyond it."""

    seconds: int
    files: int
    after: Overtime

    @property
    def micro_usd(self) -> int:
        return (self.after.cost + PER_MICRO // 2) // PER_MICRO

    @property
    def estimated_micro_usd(self) -> int:
        return (self.after.estimated + PER_MICRO // 2) // PER_MICRO


class PricedModel(NamedTuple):
    """Which price a model was counted at. ``known`` is false where it is an estimate."""

    model: Untrusted
    row: PriceRow
    known: bool


class FilesSeen(NamedTuple):
    """How much was read, and what of it could not be."""

    files: int
    bytes: int
    unreadable_files: tuple[Untrusted, ...] = ()
    unreadable_lines: int = 0
    too_long_lines: int = 0
    cut_files: int = 0
    repeated_messages: int = 0
    """Messages that stood in more than one file; each is counted once."""


class ScanReport(NamedTuple):
    """Every table says the same total. ``zone`` is the time zone whose days are meant."""

    total: Bill
    table: tuple[TableRow, ...]
    days: tuple[Line, ...]
    projects: tuple[Line, ...]
    models: tuple[Line, ...]
    kinds: tuple[Line, ...]
    agents: tuple[Line, ...]
    sessions: tuple[SessionLine, ...]
    loops: tuple[LoopLine, ...]
    rules: tuple[LoopSum, ...]
    outages: int
    time_box: TimeBox
    prices: tuple[PricedModel, ...]
    price_source: str
    price_digest: str
    zone: str
    seen: FilesSeen

    @property
    def looped_micro_usd(self) -> int:
        """The part of the total that brought nothing new."""
        return sum(rule.micro_usd for rule in self.rules)

    @property
    def saved_micro_usd(self) -> int:
        return sum(rule.saved_micro_usd for rule in self.rules)
