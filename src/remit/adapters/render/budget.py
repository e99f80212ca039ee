"""A run's budget for a terminal, and for scripts."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.budget_line import BudgetLine
from remit.model.json import Json
from remit.model.limits import Limit, Unit
from remit.model.quantity import round_money
from remit.services.budgets import NOT_COUNTED, RunBudget
from remit.services.layers import CLAIMED

_FULL, _HELD, _EMPTY = "█", "▒", "░"
_PLAIN = {_FULL: "#", _HELD: "=", _EMPTY: "-"}
_NAMES, _LEAST = 12, 10


def budget_json(budget: RunBudget) -> dict[str, Json]:
    return {
        "run": budget.run,
        "state": budget.phase.value,
        "list_prices": budget.list_prices,
        "unpriced": budget.unpriced,
        "claimed": CLAIMED if budget.claimed else None,
        "limits": [_json(line) for line in budget.lines],
    }


def _json(line: BudgetLine) -> dict[str, Json]:
    return {
        "limit": line.limit.name,
        "unit": line.limit.unit.value,
        "used": line.used,
        "held": line.held,
        "cap": line.cap,
        "extended": line.extended,
        "soft_percent": line.soft_percent,
        "reached": line.is_reached,
        "counted_by": line.counted_by,
    }


def budget_lines(budget: RunBudget, width: int, plain: bool) -> Iterator[tuple[str, str]]:
    """Each line with the colour of its state, "" for none. ``plain`` draws with ASCII alone."""
    yield f"run {budget.run}, {budget.phase.value}", ""
    wide = max(_LEAST, min(30, width - 56))
    for line in budget.lines:
        yield _line(line, wide, plain), _colour(line)
    if budget.claimed:
        yield f"Advisory: spend and tokens are {CLAIMED}.", "yellow"
    if budget.list_prices:
        yield "Money is at list prices: a subscription is not billed by it.", ""
    if budget.unpriced:
        yield "A model without a known price answered: a stand-in price was taken.", "yellow"


def _line(line: BudgetLine, wide: int, plain: bool) -> str:
    name = line.limit.name.replace("_", " ").ljust(_NAMES)
    return f"  {name} {_bar(line, wide, plain)}  {_amounts(line)}".rstrip()


def _bar(line: BudgetLine, wide: int, plain: bool) -> str:
    """The soft line stands in the bar as a mark."""
    if line.cap is None or line.used is None:
        return " " * wide
    cap = max(1, line.cap)
    full = min(wide, line.used * wide // cap)
    held = min(wide - full, -(-line.held * wide // cap))
    bar = _FULL * full + _HELD * held + _EMPTY * (wide - full - held)
    soft = min(wide - 1, line.soft_percent * wide // 100)
    if bar[soft] == _EMPTY:
        bar = f"{bar[:soft]}{'│' if not plain else '|'}{bar[soft + 1 :]}"
    return "".join(_PLAIN.get(one, one) for one in bar) if plain else bar


def _amounts(line: BudgetLine) -> str:
    if line.used is None:
        cap = "" if line.cap is None else f", limit {_told(line.limit, line.cap)}"
        return f"{NOT_COUNTED}{cap}"
    used = _told(line.limit, line.used)
    parts = [f"{used} of {_told(line.limit, line.cap)}" if line.cap is not None else used]
    if line.cap is None:
        parts.append("no limit")
    if line.percent is not None:
        parts.append(f"{line.percent} %")
    if line.held:
        parts.append(f"{_told(line.limit, line.held)} held")
    if line.extended:
        parts.append(f"{_told(line.limit, line.extended)} added")
    return f"{', '.join(parts)}  ({line.counted_by})"


def _told(limit: Limit, amount: int) -> str:
    match limit.unit:
        case Unit.MICRO_USD:
            return round_money(amount)
        case Unit.SECONDS:
            minutes, seconds = divmod(amount, 60)
            return f"{minutes}m {seconds:02d}s" if minutes else f"{seconds}s"
        case Unit.COUNT:
            return f"{amount:,}"


def _colour(line: BudgetLine) -> str:
    if line.is_reached:
        return "red"
    return "yellow" if line.is_near else ""
