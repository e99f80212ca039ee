"""What a contract lists and recorded sessions never needed, and what they used of its budgets."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from remit.model.backtest import Replayed, StopRule
from remit.model.contract import Contract
from remit.model.quantity import format_duration
from remit.model.usage import PER_MICRO
from remit.policy.matching import get_patterns
from remit.services.backtest.findings import Findings
from remit.services.backtest.needs import Need

ENOUGH = 5
"""Sessions below which nothing is made narrower: too few to tell what is never needed."""
MOST_PARTS = 4
"""Folders that may stand in the place of the one that holds them."""
TENTHS = 9
"""The use that so many of ten sessions stay within …"""
ROOM_PER_CENT = 150
"""… and how much of it a budget grants."""
_FIVE_MINUTES = 300
_TEN_CENTS = 100_000
_BUDGETS = (StopRule.TIME.value, StopRule.SPEND.value)
_MARKS = "*?["
"""A name that holds one cannot be written down as a pattern for just this name."""


class Cut(NamedTuple):
    """A pattern of the edit scope and what is written in its place, nothing where it is idle."""

    pattern: str
    parts: tuple[str, ...]


def cuts_of(contract: Contract, writes: Collection[str]) -> tuple[Cut, ...]:
    """How the edit scope could be narrower for just these ``writes``."""
    if not writes:
        return ()
    found = [Cut(pattern, _parts(pattern, writes)) for pattern in contract.scope.edit]
    return tuple(cut for cut in found if cut.parts != (cut.pattern,))


def _parts(pattern: str, writes: Collection[str]) -> tuple[str, ...]:
    """The folders of a pattern for a whole folder that were written; itself where files that lie
    in it were, or where there would be too many."""
    inside = sorted(path for path in writes if get_patterns((pattern,)).matches(path))
    folder = "" if pattern == "**" else pattern.removesuffix("**")
    if not inside:
        return ()
    if folder == pattern or any(mark in folder for mark in _MARKS):
        return (pattern,)
    if any(mark in path for path in inside for mark in _MARKS):
        return (pattern,)
    parts = tuple(dict.fromkeys(_child(path, folder) for path in inside))
    loose = folder and any(path.removeprefix(folder).count("/") == 0 for path in inside)
    return (pattern,) if loose or len(parts) > MOST_PARTS else parts


def _child(path: str, folder: str) -> str:
    """The file, or the folder with all below it, that lies in ``folder`` and holds ``path``."""
    name, slash, _ = path.removeprefix(folder).partition("/")
    return f"{folder}{name}/**" if slash else path


def idle_of(findings: Findings) -> Iterator[Need]:
    """Listed items that no recorded call needed."""
    if findings.all_tried:
        yield from sorted(findings.unused)


class Use(NamedTuple):
    """What nine in ten sessions stayed within, and the budget made of it."""

    time_s: int
    time_budget_s: int
    micro_usd: int
    spend_budget_micro_usd: int


def use_of(sessions: Sequence[Replayed]) -> Use | None:
    """The use of sessions that ended by themselves or by a budget; None of too few."""
    whole = [one for one in sessions if one.stopped is None or one.stopped.rule in _BUDGETS]
    whole = [one for one in whole if one.used.messages]
    if len(whole) < ENOUGH:
        return None
    time_s = _most([one.used.seconds for one in whole])
    cost = _most([one.used.cost + one.used.estimated for one in whole]) // PER_MICRO
    return Use(time_s, _roomy(time_s, _FIVE_MINUTES), cost, _roomy(cost, _TEN_CENTS))


def _most(values: list[int]) -> int:
    """The smallest of ``values`` that nine in ten do not exceed."""
    return sorted(values)[-(-len(values) * TENTHS // 10) - 1]


def _roomy(value: int, step: int) -> int:
    return max(-(-value * ROOM_PER_CENT // (100 * step)), 1) * step


def spelled(seconds: int) -> str:
    """``seconds`` as people say them: minutes are enough above one."""
    return format_duration(-(-seconds // 60) * 60 if seconds > 60 else seconds)
