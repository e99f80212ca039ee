"""What a run cost, for a terminal and for scripts."""

from __future__ import annotations

from collections.abc import Iterator

from remit.adapters.render.escape import terminal
from remit.adapters.render.wording import counted, took
from remit.model.friction import Friction
from remit.model.json import Json
from remit.model.meter_events import BudgetReconciled
from remit.model.run_cost import ModelCost, Part, PartCost, RunCost

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
        "metered": {"answers": found.metered, "tokens": found.metered_tokens},
        "transcript": {"answers": found.told, "tokens": found.told_tokens},
        "differing": [
            {"message": one.message, "metered": one.metered, "transcript": one.told}
            for one in found.differing
        ],
        "left_out": found.left_out,
        "unreadable": found.unreadable,
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
        yield "tokens        not known: nothing metered this run"
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


def _reconciled(found: BudgetReconciled) -> Iterator[str]:
    """The client's own records beside the meter, and where they differ."""
    told = f"{counted(found.told, 'answer')}, {found.told_tokens:,} tokens"
    if not found.differing and not found.unreadable:
        yield f"  the client's own records say the same: {told}"
        return
    yield f"  the client's own records say otherwise: {told}"
    yield f"    metered: {counted(found.metered, 'answer')}, {found.metered_tokens:,} tokens"
    for one in found.differing[:_MOST_DIFFERING]:
        metered = "not seen" if one.metered is None else f"{one.metered:,}"
        said = "not there" if one.told is None else f"{one.told:,}"
        yield f"    {terminal(one.message)}: metered {metered}, recorded {said}"
    if found.unreadable:
        yield f"    {counted(found.unreadable, 'record')} could not be read"


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
