"""What a run cost and what for, from its record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from remit.model.endings import Ending
from remit.model.meter_events import AnswerEnd, BudgetSettled, Counted
from remit.model.record import CallRecord, RunRecord
from remit.model.run_cost import (
    ModelCost,
    Part,
    PartCost,
    RunCost,
    ToolOutput,
    Trust,
    WallClock,
)
from remit.model.usage import Usage
from remit.services.friction import friction, is_interrupted
from remit.services.layers import at_list_prices

_LOST = frozenset({AnswerEnd.CUT, AnswerEnd.BROKEN_OFF, AnswerEnd.UNREADABLE, AnswerEnd.ABANDONED})


def cost_of(record: RunRecord) -> RunCost:
    """The cost of the run in ``record``, as far as it came."""
    layers = record.layers.layers if record.layers else ()
    return RunCost(
        run=record.run,
        metered=bool(record.asked),
        reconciled=record.reconciled,
        counted=record.counted,
        list_prices=at_list_prices(layers),
        parts=tuple(_parts(record)),
        models=tuple(_models(record)),
        tool_output=_tool_output(record),
        wall_clock=_wall_clock(record),
        attention=friction(record),
        trust=_trust(record),
    )


def _parts(record: RunRecord) -> Iterator[PartCost]:
    repeated = set(_repeated(record))
    found: dict[Part, list[BudgetSettled]] = defaultdict(list)
    for ask, settled in record.settled.items():
        found[_part(record, ask, settled, repeated)].append(settled)
    for part in Part:
        of = found[part]
        yield PartCost(
            part,
            tuple(one.ask for one in of),
            sum(one.counted in (Counted.ESTIMATE, Counted.RESERVE) for one in of),
            sum(one.tokens for one in of),
            sum(one.micro_usd for one in of),
        )


def _part(record: RunRecord, ask: str, settled: BudgetSettled, repeated: set[str]) -> Part:
    asked = record.asked.get(ask)
    if asked is not None and asked.actor:
        return Part.SUBAGENTS
    calls = [record.calls[call] for call in settled.calls if call in record.calls]
    if settled.end in _LOST or (calls and all(_taught_nothing(c, repeated) for c in calls)):
        return Part.NO_LEARNING
    return Part.PRODUCTIVE


def _taught_nothing(call: CallRecord, repeated: set[str]) -> bool:
    return is_interrupted(call) or call.requested.call in repeated


def _repeated(record: RunRecord) -> Iterator[str]:
    """Calls that brought what the same call, with the same words, had brought before."""
    seen: set[tuple[str, str, str, str]] = set()
    for name, call in record.calls.items():
        if call.finished is None:
            continue
        asked = call.requested
        key = (asked.actor, asked.tool, asked.input_digest, call.finished.response_digest)
        if key in seen:
            yield name
        seen.add(key)


def _models(record: RunRecord) -> Iterator[ModelCost]:
    found: dict[tuple[str, str, bool], list[BudgetSettled]] = defaultdict(list)
    for one in record.settled.values():
        if one.counted is not Counted.NOTHING:
            found[one.model, one.priced_by, one.price_known].append(one)
    for (model, priced_by, known), of in found.items():
        usage = Usage(*(sum(kind) for kind in zip(*(one.usage for one in of), strict=True)))
        money = sum(one.micro_usd for one in of)
        yield ModelCost(model, len(of), usage, money, priced_by, known)


def _tool_output(record: RunRecord) -> ToolOutput:
    """A prompt holds what the one before it held, the answer to that, and what is new: after an
    answer with calls that is what they brought. Its money is its share of the whole answer's."""
    before: dict[str, BudgetSettled] = {}
    asks, tokens, money = [], 0, 0
    for ask, one in record.settled.items():
        asked = record.asked.get(ask)
        if asked is None or one.counted is not Counted.PROVIDER:
            continue
        last = before.get(asked.actor)
        before[asked.actor] = one
        if last is None or not last.calls:
            continue
        new = one.usage.prompt - last.usage.prompt - last.output
        if new > 0:
            asks.append(ask)
            tokens += new
            money += one.micro_usd * new // max(1, one.usage.total)
    return ToolOutput(tuple(asks), tokens, money)


def _wall_clock(record: RunRecord) -> WallClock:
    agent_us = record.agent_until_us(record.last_us)
    checks = sum(check.duration_ms for check in record.checks)
    return WallClock((record.last_us - record.first_us) // 1000, agent_us // 1000, checks)


def _trust(record: RunRecord) -> Trust:
    held = tuple(name for name, call in record.calls.items() if is_interrupted(call))
    stopped = record.stopped.trigger.value if record.stopped else ""
    if not stopped and record.closed is not None and record.closed.ending is Ending.FAILED:
        stopped = Ending.FAILED.value
    forged, strange = len(record.forged), len(record.unrecognised)
    return Trust(stopped, held, forged, strange, len(record.crossed))
