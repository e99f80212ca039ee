"""The report of a scan as one self-contained page: no script, nothing loaded, prints well."""

from __future__ import annotations

from dataclasses import dataclass

from remit.adapters.render import scan_words
from remit.adapters.render.environment import html_environment
from remit.adapters.render.scan import BASIS
from remit.model.scan import Bill, Line, ScanReport

MAX_ROWS = 25
"""Rows of one table; what is beyond is counted and stands in the JSON."""
MAX_DAYS = 60
HEIGHT = 100
"""Of the plot, in its own units; a day is ten of them wide."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the plot: where it stands, how high its two parts are."""

    x: int
    known: int
    estimated: int
    day: str
    bill: Bill


def page(report: ScanReport) -> str:
    """The whole HTML document."""
    return (
        html_environment()
        .get_template("scan.html.j2")
        .render(
            r=report,
            words=scan_words,
            basis=BASIS,
            bars=bars(report.days[-MAX_DAYS:]),
            height=HEIGHT,
            limit=MAX_ROWS,
        )
    )


def bars(days: tuple[Line, ...]) -> tuple[Bar, ...]:
    """Heights in whole units of the dearest day; what costs anything is at least one high."""
    most = max((line.bill.cost + line.bill.estimated for line in days), default=0) or 1
    return tuple(
        Bar(
            x=10 * place,
            known=_height(line.bill.cost, most),
            estimated=_height(line.bill.estimated, most),
            day=line.name.text,
            bill=line.bill,
        )
        for place, line in enumerate(days)
    )


def _height(part: int, most: int) -> int:
    return max(HEIGHT * part // most, 1) if part else 0
