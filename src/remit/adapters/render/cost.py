"""What a run cost, for a terminal and for scripts."""

from __future__ import annotations

from collections.abc import Iterator

from remit.adapters.render.escape import terminal
from remit.adapters.render.wording import SOURCES, counted, took
from remit.model.claimed_events import (
    BudgetClaimed,
    BudgetReconciled,
    Difference,
    SourceTotal,
    Unit,
)
from remit.model.friction import Friction
from remit.model.json import Json
from remit.model.run_cost import ModelCost, Part, PartCost, RunCost
from remit.services.layers import CLAIMED

_MOST_DIFFERING = 10
_WORDS = {
    Part.PRODUCTIVE: "productive",
    Part.NO_LEARNING: "no learning",
    Part.SUBAGENTS: "subagents",
}


def cost_json(cost: RunCost) -> dict[str, Json]:
    return {
        "run": cost.run,
        "metered": cost.metered,
        "list_prices": cost.list_prices,
        "tokens": {
            "source": "meter",
            "claimed": _claimed_json(cost.counted),
            "reconciled": _reconciled_json(cost.reconciled),
            "total": _tokens(cost) if cost.metered else None,
            "micro_usd": _money(cost) if cost.metered else None,
            "parts": [_part_json(part) for part in cost.parts],
            "models": [_model_json(model) for model in cost.models],
            "tool_output": {
                "source": "estimate",
                "tokens": cost.tool_output.tokens,
                "micro_usd": cost.tool_output.micro_usd,
                "asks": list(cost.tool_output.asks),
            },
        },
        "wall_clock": {
            "source": "clock",
            "whole_ms": cost.wall_clock.whole_ms,
            "agent_ms": cost.wall_clock.agent_ms,
            "checks_ms": cost.wall_clock.checks_ms,
        },
        "attention": _attention_json(cost.attention),
        "trust": {
            "source": "record",
            "stopped": cost.trust.stopped or None,
            "held": list(cost.trust.held),
            "forged": cost.trust.forged,
            "unrecognised": cost.trust.unrecognised,
            "out_of_scope": cost.trust.out_of_scope,
        },
    }


def _reconciled_json(found: BudgetReconciled | None) -> Json:
    if found is None:
        return None
    return {
        "sources": [
            {
                "source": one.source.value,
                "answers": one.answers,
                "tokens": one.tokens,
                "micro_usd": one.micro_usd,
                "unreadable": one.unreadable,
            }
            for one in found.sources
        ],
        "differing": [
            {
                "between": [one.one.value, one.other.value],
                "of": one.of or "all answers",
                "unit": one.unit.value,
                "says": [one.one_says, one.other_says],
            }
            for one in found.differing
        ],
        "left_out": found.left_out,
    }


def _claimed_json(counted: BudgetClaimed | None) -> Json:
    if counted is None:
        return None
    return {
        "source": CLAIMED,
        "tokens": counted.amount.tokens,
        "micro_usd": counted.amount.micro_usd,
        "transcript": [counted.transcript_tokens, counted.transcript_micro_usd],
        "telemetry": [counted.telemetry_tokens, counted.telemetry_micro_usd],
        "unpriced": counted.unpriced,
    }


def _part_json(part: PartCost) -> dict[str, Json]:
    return {
        "part": part.part.value,
        "tokens": part.tokens,
        "micro_usd": part.micro_usd,
        "estimated": part.estimated,
        "asks": list(part.asks),
    }


def _model_json(model: ModelCost) -> dict[str, Json]:
    return {
        "model": model.model,
        "answers": model.answers,
        **model.usage._asdict(),
        "micro_usd": model.micro_usd,
        "priced_by": model.priced_by,
        "price_known": model.price_known,
    }


def _attention_json(friction: Friction) -> dict[str, Json]:
    return {
        "source": "record",
        "requests": friction.asked,
        "answered": friction.answered,
        "median_ms": friction.median_ms,
        "client_prompts": friction.client_prompts,
    }


def cost_lines(cost: RunCost) -> Iterator[str]:
    """A screen; each block names who counted it."""
    yield f"run {cost.run}"
    yield from _spent(cost)
    clock = cost.wall_clock
    yield f"wall clock    {took(clock.whole_ms)} (clock)"
    yield f"  agent       {took(clock.agent_ms)}, waits for people included"
    yield f"  checks      {took(clock.checks_ms)}"
    yield f"attention     {_attention(cost.attention)} (record)"
    yield f"trust         {_trust(cost)} (record)"


def _spent(cost: RunCost) -> Iterator[str]:
    if not cost.metered:
        yield from _told(cost)
        return
    kind = "list-price equivalent" if cost.list_prices else "at list prices"
    yield f"tokens        {_tokens(cost):,}, {_usd(_money(cost))} {kind} (meter)"
    for part in cost.parts:
        answers = counted(len(part.asks), "answer")
        guessed = f", {part.estimated} of them estimated" if part.estimated else ""
        named = _WORDS[part.part].ljust(12)
        yield f"  {named}{_usd(part.micro_usd):>9}  {part.tokens:>10,} in {answers}{guessed}"
    output = cost.tool_output
    where = "of these first read from tools (estimate)"
    yield f"  {'tool output'.ljust(12)}{_usd(output.micro_usd):>9}  {output.tokens:>10,} {where}"
    if cost.reconciled is not None:
        yield from _reconciled(cost.reconciled)
    for model in cost.models:
        unknown = "" if model.price_known else ", a stand-in: its own price is not known"
        price = f"{terminal(model.priced_by)}{unknown}"
        yield f"  {terminal(model.model)}: {_usd(model.micro_usd)}, price of {price}"


def _told(cost: RunCost) -> Iterator[str]:
    """What there is where no meter was."""
    if cost.counted is None:
        yield "tokens        not known: nothing metered this run"
    else:
        amount, told = cost.counted.amount, cost.counted
        yield f"tokens        {amount.tokens:,}, {_usd(amount.micro_usd)} (advisory)"
        yield f"  {CLAIMED}"
        both = told.transcript_tokens, told.telemetry_tokens
        yield f"  session records {both[0]:,}, telemetry {both[1]:,} tokens: the larger counts"
    if cost.reconciled is not None:
        yield from _reconciled(cost.reconciled)


def _reconciled(found: BudgetReconciled) -> Iterator[str]:
    """What each source says, and where two of them differ."""
    lost = sum(one.unreadable for one in found.sources)
    agree = not found.differing and not found.left_out
    yield f"  {counted(len(found.sources), 'source')} {'agree' if agree else 'do not agree'}:"
    for total in found.sources:
        yield f"    {_said(total)}"
    for one in found.differing[:_MOST_DIFFERING]:
        yield f"    {_differing(one)}"
    if more := max(0, len(found.differing) - _MOST_DIFFERING) + found.left_out:
        yield f"    {counted(more, 'difference')} more"
    if lost:
        yield f"    {counted(lost, 'record')} could not be read"


def _said(total: SourceTotal) -> str:
    answers = "" if total.answers is None else f"{counted(total.answers, 'answer')}, "
    money = "" if total.micro_usd is None else f", {_usd(total.micro_usd)}"
    return f"{SOURCES[total.source].ljust(16)}{answers}{total.tokens:,} tokens{money}"


def _differing(one: Difference) -> str:
    says = [_amount(one.unit, amount) for amount in (one.one_says, one.other_says)]
    first, second = f"{SOURCES[one.one]} {says[0]}", f"{SOURCES[one.other]} {says[1]}"
    return f"{terminal(one.of) or 'all answers'}: {first}, {second}"


def _amount(unit: Unit, amount: int | None) -> str:
    if amount is None:
        return "nothing"
    return _usd(amount) if unit is Unit.MICRO_USD else f"{amount:,}"


def _tokens(cost: RunCost) -> int:
    return sum(part.tokens for part in cost.parts)


def _money(cost: RunCost) -> int:
    return sum(part.micro_usd for part in cost.parts)


def _usd(micro_usd: int) -> str:
    return f"${micro_usd / 1e6:.4f}"


def _attention(friction: Friction) -> str:
    if not friction.asked:
        return "no requests"
    middle = "" if friction.median_ms is None else f", half within {took(friction.median_ms)}"
    return f"{counted(friction.asked, 'request')}, {friction.answered} answered{middle}"


def _trust(cost: RunCost) -> str:
    trust = cost.trust
    said = [
        f"stopped ({trust.stopped})" if trust.stopped else "",
        f"{counted(len(trust.held), 'call')} held" if trust.held else "",
        f"{counted(trust.forged, 'forged event')}" if trust.forged else "",
        f"{counted(trust.out_of_scope, 'path')} out of scope" if trust.out_of_scope else "",
    ]
    return ", ".join(filter(None, said)) or "nothing against it"
