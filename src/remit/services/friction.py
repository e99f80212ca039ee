"""The friction of one run, from its record alone."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.friction import Friction, Mark
from remit.model.record import CallRecord, RunRecord
from remit.model.untrusted import Untrusted
from remit.policy.attention import is_instant, median
from remit.services.trace import summary_of

MOST = 100


def friction(record: RunRecord) -> Friction:
    """How often ``record`` says that people and the agent were interrupted, and how wrongly."""
    marks = tuple(marks_of(record))
    took_us = tuple(answer_times(record))
    middle = median(took_us)
    wrongly_held = sum(mark.held for mark in marks)
    return Friction(
        asked=len(record.requests),
        answered=len(took_us),
        median_ms=None if middle is None else middle // 1000,
        instant=sum(
            is_instant_yes(record, grant.request, grant.made_us) for grant in record.grants
        ),
        client_prompts=client_prompts(record),
        held=sum(is_interrupted(call) for call in record.calls.values()),
        wrongly_held=wrongly_held,
        wrongly_let_through=len(marks) - wrongly_held,
        marks=marks[:MOST],
    )


def answer_times(record: RunRecord) -> Iterator[int]:
    """Microseconds from each answered request to its answer."""
    answers = [(grant.request, grant.made_us) for grant in record.grants]
    answers += [(refusal.request, at_us) for at_us, refusal in record.refusals]
    for request, at_us in answers:
        if asked := record.requests.get(request):
            yield max(0, at_us - asked.opened_us)


def is_instant_yes(record: RunRecord, request: str, made_us: int) -> bool:
    """Whether the yes to ``request`` came sooner than it can be read."""
    asked = record.requests.get(request)
    return asked is not None and is_instant(asked.item.subject, made_us - asked.opened_us)


def client_prompts(record: RunRecord) -> int | None:
    """How often the client would have asked; None where it never started, or does not tell."""
    known = record.launched is not None and record.launched.tells_prompts
    return record.client_prompts if known else None


def is_interrupted(call: CallRecord) -> bool:
    """Whether Remit's own first word on the call was not "go on", whatever a person said later."""
    return call.first is not None and call.first.held


def rule_of(call: CallRecord) -> str:
    """The rule that decided ``call``."""
    reasons = call.first.reasons if call.first else ()
    return reasons[0].rule if reasons else ""


def marks_of(record: RunRecord) -> Iterator[Mark]:
    """What a person marked, in order of time."""
    for call, (time_us, marked) in record.marks.items():
        if (known := record.calls.get(call)) is None:
            continue
        yield Mark(
            call,
            is_interrupted(known),
            rule_of(known),
            Untrusted(known.requested.tool),
            Untrusted(summary_of(known.requested)),
            Untrusted(marked.by.name),
            marked.by.established.value,
            Untrusted(marked.reason),
            time_us,
        )
