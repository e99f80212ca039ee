"""A draft of a better contract, line by line with what each rests upon.

It is a text for a person. Nothing is widened by it: it takes part only where somebody reads it and
starts a run with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from remit.model.backtest import Change, Replayed, Suggestion
from remit.model.contract import Contract
from remit.model.quantity import format_duration, format_money, parse_duration, parse_money
from remit.model.untrusted import Untrusted
from remit.services.backtest.findings import Findings, listed, with_list
from remit.services.backtest.narrower import (
    ENOUGH,
    Use,
    cuts_of,
    idle_of,
    spelled,
    use_of,
)
from remit.services.backtest.needs import Line
from remit.services.backtest.wider import covered, items_for


def suggest(contract: Contract, findings: Findings, sessions: Sequence[Replayed]) -> Suggestion:
    """The draft, its changes, and how much of the interrupted honest work it would let through."""
    changes = [*_narrower(contract, findings, sessions), *_wider(findings)]
    draft = contract
    for change in changes:
        draft = _applied(draft, change)
    if changes:
        draft = replace(draft, acknowledged_by=None)  # what was read was another boundary
    wishes = findings.wishes
    return Suggestion(
        draft,
        tuple(changes),
        sum(wishes.values()),
        sum(calls for needs, calls in wishes.items() if covered(needs, draft)),
        sum(calls for needs, calls in wishes.items() if not needs),
    )


def _narrower(
    contract: Contract, findings: Findings, sessions: Sequence[Replayed]
) -> Iterator[Change]:
    if len(sessions) < ENOUGH:
        return
    seen = f"in {len(sessions)} sessions"
    for cut in cuts_of(contract, findings.writes):
        why = f"only this of it was written {seen}" if cut.parts else f"never written {seen}"
        yield _change(Line.EDIT, cut.pattern, cut.parts, why)
    for need in idle_of(findings):
        yield _change(need.line, need.item, (), f"never needed {seen}")
    use = use_of(sessions)
    if use:
        yield from _budgets(contract, use)


def _budgets(contract: Contract, use: Use) -> Iterator[Change]:
    budget = contract.budget
    if use.time_budget_s != budget.time_s:
        why = f"nine in ten sessions took {spelled(use.time_s)} or less, and half as much again"
        new = (format_duration(use.time_budget_s),)
        yield _change("budget.time", format_duration(budget.time_s), new, why)
    if use.micro_usd and use.spend_budget_micro_usd != budget.spend_micro_usd:
        cost = format_money(-(-use.micro_usd // 10_000) * 10_000)
        why = f"nine in ten sessions cost {cost} or less, and half as much again"
        old = "" if budget.spend_micro_usd is None else format_money(budget.spend_micro_usd)
        yield _change("budget.spend", old, (format_money(use.spend_budget_micro_usd),), why)


def _wider(findings: Findings) -> Iterator[Change]:
    wishes = findings.wishes + findings.beyond
    for need, answers in items_for(findings).items():
        calls = sum(n for needs, n in wishes.items() if not needs.isdisjoint(answers))
        sessions = len(set().union(*(findings.wished_by[one] for one in answers)))
        why = f"{_counted(calls, 'call')} that succeeded in {_counted(sessions, 'session')}"
        yield _change(need.line, "", (need.item,), why)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _change(line: str, old: str, new: tuple[str, ...], why: str) -> Change:
    return Change(line, Untrusted(old), tuple(map(Untrusted, new)), why)


def _applied(contract: Contract, change: Change) -> Contract:
    new = tuple(item.text for item in change.new)
    match change.line:
        case "budget.time":
            seconds = parse_duration(new[0])
            return replace(contract, budget=replace(contract.budget, time_s=seconds))
        case "budget.spend":
            money = parse_money(new[0])
            return replace(contract, budget=replace(contract.budget, spend_micro_usd=money))
    line = Line(change.line)
    items = list(listed(contract, line))
    at = items.index(change.old.text) if change.old.text else len(items)
    items[at : at + 1] = new
    return with_list(contract, line, tuple(dict.fromkeys(items)))
