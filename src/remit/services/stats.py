"""Adds up the friction of many runs, from their records alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from remit.errors import IntegrityError
from remit.model.record import RunRecord, gather
from remit.model.stats import RuleFriction, Stats
from remit.policy.attention import median
from remit.services import friction as f
from remit.services.whose import is_of
from remit.storage.ledger import Ledger, RunSummary


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which runs are meant: those that began at ``since_us`` or later, of ``repository`` as records
    name it or at ``root``; of every repository where both are empty."""

    since_us: int = 0
    repository: str = ""
    root: str = ""


@dataclass(slots=True)
class _Sums:
    runs: int = 0
    first_us: int = 0
    numbers: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    stops: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    wrongly: dict[bool, Counter[str]] = field(
        default_factory=lambda: {True: Counter(), False: Counter()}
    )
    """By whether the call was held."""
    took_us: list[int] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def stats(ledger: Ledger, chosen: Chosen) -> Stats:
    """The sums over the runs that are meant. A run whose chain is broken is left out and named;
    IntegrityError where the ledger itself is damaged."""
    sums = _Sums()
    for summary, record in sound_records(ledger, sums.broken):
        if summary.started_us >= chosen.since_us and _is_meant(record, chosen):
            _add(sums, summary, record)
    return _stats(sums)


def sound_records(ledger: Ledger, broken: list[str]) -> Iterator[tuple[RunSummary, RunRecord]]:
    """The records whose chains are what was written, oldest first; the others go to ``broken``."""
    breaks = {found.run: found.what for found in ledger.verify()}
    if what := breaks.get(""):
        raise IntegrityError("the ledger is damaged", what, "run: remit ledger verify")
    broken.extend(breaks)
    for summary in sorted(ledger.runs(), key=lambda run: (run.started_us, run.run)):
        if summary.run not in breaks:
            yield summary, gather(summary.run, ledger.recorded(summary.run))


def _is_meant(record: RunRecord, chosen: Chosen) -> bool:
    everywhere = not (chosen.repository or chosen.root)
    return everywhere or is_of(record, chosen.repository, chosen.root)


def _add(sums: _Sums, summary: RunSummary, record: RunRecord) -> None:
    sums.runs += 1
    sums.first_us = sums.first_us or summary.started_us
    sums.outcomes[summary.phase] += 1
    if record.stopped:
        sums.stops[record.stopped.trigger.value] += 1
    told = f.friction(record)
    sums.took_us += f.answer_times(record)
    sums.numbers += Counter(
        calls=len(record.calls),
        asked=told.asked,
        granted=len(record.grants),
        refused=len(record.refusals),
        instant=told.instant,
        told=told.client_prompts is not None,
        untold=record.launched is not None and told.client_prompts is None,
        prompts=told.client_prompts or 0,
    )
    sums.held.update(f.rule_of(call) for call in record.calls.values() if f.is_interrupted(call))
    for mark in f.marks_of(record):
        sums.wrongly[mark.held][mark.rule] += 1


def _stats(sums: _Sums) -> Stats:
    number, middle = sums.numbers, median(sums.took_us)
    return Stats(
        runs=sums.runs,
        since_us=sums.first_us,
        outcomes=_most_first(sums.outcomes),
        calls=number["calls"],
        held=sums.held.total(),
        asked=number["asked"],
        granted=number["granted"],
        refused=number["refused"],
        unanswered=number["asked"] - len(sums.took_us),
        median_ms=None if middle is None else middle // 1000,
        instant=number["instant"],
        client_prompts=number["prompts"] if number["told"] else None,
        client_unknown=number["untold"],
        wrongly_held=sums.wrongly[True].total(),
        wrongly_let_through=sums.wrongly[False].total(),
        rules=tuple(sorted(_rules(sums), key=_worst_first)),
        stops=_most_first(sums.stops),
        broken=tuple(sorted(sums.broken)),
    )


def _rules(sums: _Sums) -> Iterator[RuleFriction]:
    held, passed = sums.wrongly[True], sums.wrongly[False]
    for rule in {*sums.held, *held, *passed}:
        yield RuleFriction(rule, sums.held[rule], held[rule], passed[rule])


def _worst_first(rule: RuleFriction) -> tuple[int, int, int, str]:
    return -rule.wrongly_held, -rule.wrongly_let_through, -rule.held, rule.rule


def _most_first(counts: Counter[str]) -> dict[str, int]:
    pairs: Iterable[tuple[str, int]] = counts.items()
    return dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))


NOTHING = _stats(_Sums())
"""Nothing ever ran here."""
