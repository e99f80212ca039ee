"""Adds up what the files hold into the tables of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from remit.model.loops import LoopKind
from remit.model.scan import (
    Bill,
    Cell,
    FileFacts,
    FilesSeen,
    Line,
    LoopLine,
    LoopSum,
    Merged,
    Overtime,
    PricedModel,
    ScanReport,
    SessionLine,
    TableRow,
    TimeBox,
)
from remit.model.untrusted import Untrusted
from remit.services.scan.count import TIME_BOX_S
from remit.services.scan.find import Found
from remit.services.scan.prices import Pricing


class Filter(NamedTuple):
    """``since`` is an ISO day, ``""``: from the beginning; ``project`` a path or a part of one."""

    since: str = ""
    project: str = ""

    def takes(self, facts: FileFacts) -> bool:
        return self.project.rstrip("/") in facts.project or not self.project


def report(
    merged: Merged,
    found: Sequence[Found],
    unreadable: tuple[str, ...],
    pricing: Pricing,
    chosen: Filter,
) -> ScanReport:
    files = merged.files
    loops = tuple(_loops(files, chosen))
    taken = [facts for facts in files if chosen.takes(facts)]
    since = chosen.since
    rows = [(facts, cell) for facts in taken for cell in facts.cells if cell.day >= since]
    total = Bill.sum([cell.bill for _, cell in rows])
    return ScanReport(
        total=total,
        table=tuple(_table(rows)),
        days=_lines(rows, lambda facts, cell: cell.day),
        projects=_by_cost(_lines(rows, lambda facts, cell: facts.project or "unknown")),
        models=_by_cost(_lines(rows, lambda facts, cell: cell.model or "unknown")),
        kinds=_lines(rows, lambda facts, cell: _kind(cell)),
        agents=_by_cost(_lines(rows, lambda facts, cell: facts.agent)),
        sessions=tuple(_sessions(rows)),
        loops=loops,
        rules=tuple(_rules(loops)),
        outages=sum(facts.outages for facts in taken),
        time_box=_time_box(taken, chosen),
        prices=_prices(rows, pricing),
        price_source=pricing.table.source,
        price_digest=pricing.table.digest,
        zone=datetime.fromtimestamp(0).astimezone().tzname() or "local",
        seen=_seen(merged, found, unreadable),
    )


def _lines(
    rows: Iterable[tuple[FileFacts, Cell]], name: Callable[[FileFacts, Cell], str]
) -> tuple[Line, ...]:
    bills: dict[str, list[Bill]] = {}
    for facts, cell in rows:
        bills.setdefault(name(facts, cell), []).append(cell.bill)
    return tuple(Line(Untrusted(key), Bill.sum(bills[key])) for key in sorted(bills))


def _table(rows: Iterable[tuple[FileFacts, Cell]]) -> Iterator[TableRow]:
    bills: dict[tuple[str, str, str, str, str], list[Bill]] = {}
    for facts, cell in rows:
        names = (facts.project or "unknown", cell.model or "unknown", _kind(cell), facts.agent)
        bills.setdefault((cell.day, *names), []).append(cell.bill)
    for (day, project, model, kind, agent), each in sorted(bills.items()):
        yield TableRow(day, Untrusted(project), Untrusted(model), kind, agent, Bill.sum(each))


def _kind(cell: Cell) -> str:
    return "subagent" if cell.subagent else "main"


def _by_cost(lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple(sorted(lines, key=lambda line: (-line.bill.cost, -line.bill.estimated)))


def _sessions(rows: Iterable[tuple[FileFacts, Cell]]) -> Iterator[SessionLine]:
    grouped: dict[str, list[tuple[FileFacts, Cell]]] = {}
    for facts, cell in rows:
        grouped.setdefault(facts.session or facts.path, []).append((facts, cell))
    lines = [_session(name, group) for name, group in grouped.items()]
    yield from sorted(lines, key=lambda line: (-line.bill.cost, line.session.text))


def _session(name: str, rows: Sequence[tuple[FileFacts, Cell]]) -> SessionLine:
    main, cell = rows[0]
    day, bill = cell.day, cell.bill
    if len(rows) > 1:
        main = _main(name, rows)
        day = min(cell.day for _, cell in rows)
        bill = Bill.sum([cell.bill for _, cell in rows])
    project = Untrusted(main.project or "unknown")
    return SessionLine(Untrusted(name), project, Untrusted(main.path), main.agent, day, bill)


def _main(name: str, rows: Sequence[tuple[FileFacts, Cell]]) -> FileFacts:
    """The file of the main agent: not every client names it after the session."""
    own = f"{name}.jsonl"
    named = (facts for facts, _ in rows if facts.path.endswith(own))
    main = (facts for facts, cell in rows if not cell.subagent)
    return next(named, None) or next(main, rows[0][0])


def _loops(files: Iterable[FileFacts], chosen: Filter) -> Iterator[LoopLine]:
    """The dearest first."""
    lines = [
        LoopLine(
            Untrusted(facts.session or facts.path),
            Untrusted(facts.project or "unknown"),
            Untrusted(facts.path),
            Untrusted(loop.tool),
            loop,
        )
        for facts in files
        if chosen.takes(facts)
        for loop in facts.loops
        if loop.day >= chosen.since
    ]
    yield from sorted(lines, key=lambda line: (-line.fact.cost, line.path.text))


def _rules(loops: Sequence[LoopLine]) -> Iterator[LoopSum]:
    """One line for each rule that found something, the dearest first."""
    sums = []
    for kind in LoopKind:
        lines = [line for line in loops if line.fact.kind is kind]
        if lines:
            cost = sum(line.micro_usd for line in lines)
            saved = sum(line.saved_micro_usd for line in lines)
            stopped = sum(line.fact.stopped_line > 0 for line in lines)
            sums.append(LoopSum(kind, len(lines), stopped, cost, saved))
    yield from sorted(sums, key=lambda rule: -rule.micro_usd)


def _time_box(files: Iterable[FileFacts], chosen: Filter) -> TimeBox:
    """Of the files that began in the time that is asked about."""
    beyond = [
        facts.overtime
        for facts in files
        if facts.overtime.messages and all(cell.day >= chosen.since for cell in facts.cells)
    ]
    sums = (sum(column) for column in zip(*beyond, strict=True)) if beyond else ()
    return TimeBox(TIME_BOX_S, len(beyond), Overtime(*sums))


def _prices(rows: Iterable[tuple[FileFacts, Cell]], pricing: Pricing) -> tuple[PricedModel, ...]:
    """The standard row of each model on the last day it was used."""
    last: dict[str, str] = {}
    for _, cell in rows:
        last[cell.model] = max(last.get(cell.model, ""), cell.day)
    return tuple(
        PricedModel(Untrusted(model), *pricing.standard(model, last[model]))
        for model in sorted(last)
    )


def _seen(merged: Merged, found: Sequence[Found], unreadable: tuple[str, ...]) -> FilesSeen:
    oddities = [facts.oddities for facts in merged.files]
    return FilesSeen(
        files=len(found),
        bytes=sum(each.size for each in found),
        unreadable_files=tuple(map(Untrusted, unreadable)),
        unreadable_lines=sum(odd.unreadable for odd in oddities),
        too_long_lines=sum(odd.too_long for odd in oddities),
        cut_files=sum(odd.cut for odd in oddities),
        repeated_messages=merged.repeated,
    )
