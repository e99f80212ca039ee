"""What each source says a run's answers cost, side by side.

The client's own words (its session records, its telemetry, the result it prints) lie where the
agent could write or send, so they prove nothing; where two sources differ, both are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from remit.model.claimed_events import (
    BudgetReconciled,
    ClaimedAnswer,
    ResultClaimed,
    Source,
)
from remit.model.meter_events import BudgetSettled, Counted
from remit.model.record import RunRecord
from remit.policy.differences import Answer, Grain, Says, differences
from remit.services.client_records import ClientRecords

MOST_SHOWN = 50
"""Differences of one pair of sources."""


def reconcile(record: RunRecord, records: ClientRecords) -> BudgetReconciled | None:
    """The sources that say anything of the run in ``record``; None where fewer than two do."""
    sources = tuple(_sources(record, records))
    if len(sources) < 2:
        return None
    pairs = tuple(differences(sources))
    return BudgetReconciled(
        tuple(source.total for source in sources),
        tuple(one for pair in pairs for one in pair[:MOST_SHOWN]),
        sum(max(0, len(pair) - MOST_SHOWN) for pair in pairs),
    )


def _sources(record: RunRecord, records: ClientRecords) -> Iterator[Says]:
    if record.asked:
        yield _metered(record.settled)
    if records.answers or records.strange:
        yield _recorded(records)
    if record.claimed or record.claimed_unreadable:
        yield _sent(record.claimed, record.claimed_unreadable)
    if record.result is not None:
        yield _printed(record.result)


def _metered(settled: Mapping[str, BudgetSettled]) -> Says:
    """Every answer that began."""
    tokens: dict[Answer, int] = {}
    began = [x for x in settled.values() if x.counted in (Counted.PROVIDER, Counted.ESTIMATE)]
    for one in began:
        key = one.message, one.request
        tokens[key] = tokens.get(key, 0) + one.tokens
    return Says(Source.METER, Grain.ANSWER, tokens, sum(one.micro_usd for one in began))


def _recorded(records: ClientRecords) -> Says:
    """Records have no prices."""
    tokens = {key: answer.usage.total for key, answer in records.answers.items()}
    return Says(Source.TRANSCRIPT, Grain.ANSWER, tokens, None, records.strange)


def _sent(claimed: Mapping[str, ClaimedAnswer], unreadable: int) -> Says:
    """Telemetry names requests; an answer without one is told by what else names it."""
    tokens = {("", answer.request or key): answer.usage.total for key, answer in claimed.items()}
    money = sum(answer.micro_usd for answer in claimed.values())
    return Says(Source.TELEMETRY, Grain.REQUEST, tokens, money, unreadable)


def _printed(result: ResultClaimed) -> Says:
    return Says(Source.RESULT, Grain.WHOLE, {("", ""): result.tokens}, result.micro_usd)
