"""The report of a scan as one page of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator

import click

from remit.adapters.render import scan_words as words
from remit.adapters.render.escape import terminal
from remit.model.scan import Line, LoopLine, ScanReport
from remit.model.untrusted import Untrusted

WIDTH = 80
ROWS = 5
DAYS = 7


def account(report: ScanReport) -> str:
    """The whole report, ended by a line feed."""
    return "\n".join(_account(report)) + "\n"


def _account(report: ScanReport) -> Iterator[str]:
    total = report.total
    if not total.messages:
        yield f"{report.seen.files:,} files, and no message of a model in them."
        return
    yield click.style(f"{words.amount(total)} at list price", bold=True)
    used = f"{total.messages:,} messages, {words.tokens(total.usage.total)} tokens"
    yield f"  {used} measured in {report.seen.files:,} files, {words.period(report)}"
    yield "  What the same use costs over the API; a subscription is billed otherwise."
    yield from _unknown(report)
    yield ""
    yield click.style(f"Loops: {words.looped(report)}", bold=True)
    if report.loops:
        yield f"  {words.saved(report)}"
    if beyond := words.overtime(report):
        yield f"  {beyond}"
    for number, line in enumerate(words.lessons(report), 1):
        yield from _lesson(number, line)
    yield from _table("By model", report.models[:ROWS], len(report.models))
    yield from _table("By project", report.projects[:ROWS], len(report.projects))
    yield from _table("By kind", report.kinds, len(report.kinds))
    if len(report.agents) > 1:
        yield from _table("By agent", report.agents, len(report.agents))
    yield from _table(f"Last days ({report.zone})", report.days[-DAYS:], 0)
    yield from _sessions(report)
    yield from _beside(report)


def _unknown(report: ScanReport) -> Iterator[str]:
    unknown = [terminal(priced.model) for priced in report.prices if not priced.known]
    if unknown:
        yield f"  No price is known for {', '.join(unknown[:ROWS])}: estimated, not in the sum."


def _lesson(number: int, line: LoopLine) -> Iterator[str]:
    fact = line.fact
    yield ""
    yield _cut(f"  {number}. {words.price(line)}  {_one(line.tool)}: {words.happened(line)}")
    yield f"     {words.lesson(fact.kind)}"
    stop = f"; {fact.kind.value} stops at line {fact.stopped_line}" if fact.stopped_line else ""
    yield f"     {_one(words.where(line))}{stop}"


def _table(title: str, lines: tuple[Line, ...], all_of_them: int) -> Iterator[str]:
    yield ""
    yield click.style(title, bold=True)
    for line in lines:
        bill = line.bill
        numbers = f"{words.amount(bill):>12}  {words.tokens(bill.usage.total):>7} tokens"
        yield _cut(f"  {numbers}  {_one(line.name)}")
    if all_of_them > len(lines):
        yield f"  and {all_of_them - len(lines)} more: remit scan --json"


def _sessions(report: ScanReport) -> Iterator[str]:
    yield ""
    yield click.style("Dearest sessions", bold=True)
    for line in report.sessions[:ROWS]:
        about = f"{line.first_day}  {line.agent}  {_one(line.project)}  {_one(line.session)}"
        yield _cut(f"  {words.amount(line.bill):>12}  {about}")


def _beside(report: ScanReport) -> Iterator[str]:
    yield ""
    for told in words.beside(report):
        yield f"{told}"
    yield f"prices: {report.price_source} ({report.price_digest}); each row: remit scan --json"


def _one(text: Untrusted) -> str:
    return terminal(text)


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"
