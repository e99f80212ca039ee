"""The attempts of a run in order: what each changed, showed, taught and cost. A pure fold."""

from __future__ import annotations

from collections.abc import Sequence

from remit.model.attempt_events import AttemptNoted
from remit.model.meter_events import BudgetSettled
from remit.model.packet import AttemptLine, AttemptNote
from remit.model.record import AttemptRecord, RunRecord
from remit.model.untrusted import Untrusted
from remit.policy.attempts.wording import failure_told

MOST_LINES = 100
"""Attempts in a packet; the last are kept."""
_MOST_LISTED = 10


def attempts_shown(record: RunRecord) -> tuple[tuple[AttemptLine, ...], int]:
    """The attempts for a packet, and how many earlier ones were left out."""
    lines = timeline(record)
    return lines[-MOST_LINES:], max(0, len(lines) - MOST_LINES)


def timeline(record: RunRecord) -> tuple[AttemptLine, ...]:
    """Every attempt of the run, the first one first."""
    settled = tuple(record.settled.values())
    lines, since_us, answers = [], record.launched_us or record.first_us, 0
    for one in record.attempts.values():
        spent = settled[answers : one.answers] if record.asked else None
        lines.append(_line(one, one.time_us - since_us, spent))
        since_us, answers = one.time_us, one.answers
    return tuple(lines)


def _line(one: AttemptRecord, took_us: int, spent: Sequence[BudgetSettled] | None) -> AttemptLine:
    ended, confirmed = one.ended, one.confirmed
    failing = [Untrusted(failure_told(failure)) for failure in ended.failing]
    return AttemptLine(
        number=ended.number,
        time_us=one.time_us,
        check=Untrusted(ended.check),
        changed=tuple(Untrusted(path) for path in ended.changed[:_MOST_LISTED]),
        changed_left_out=max(0, len(ended.changed) - _MOST_LISTED),
        before=len(ended.before),
        failing=tuple(failing[:_MOST_LISTED]),
        failing_left_out=max(0, len(failing) - _MOST_LISTED),
        learnt=ended.learnt.value,
        weight=ended.weight.value,
        why=Untrusted(ended.why),
        gate=ended.gate.value,
        confirmed=Untrusted(confirmed.why if confirmed else ""),
        stands=confirmed is None or confirmed.shows,
        notes=tuple(_note(note) for note in one.notes),
        took_ms=max(0, took_us) // 1000,
        tokens=None if spent is None else sum(one.tokens for one in spent),
        micro_usd=None if spent is None else sum(one.micro_usd for one in spent),
    )


def _note(note: AttemptNoted) -> AttemptNote:
    return AttemptNote(
        change=Untrusted(note.change),
        check=Untrusted(note.check),
        result=Untrusted(note.result),
        learnt=Untrusted(note.learnt),
        next=Untrusted(note.next),
        fault=Untrusted(note.fault or note.empty),
    )
