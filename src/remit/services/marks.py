"""A person's word that a decision was wrong: which calls it may be said of, and saying it.

It is kept for whoever keeps the policy. No decision, grant or verdict follows from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from remit.errors import RemitError, UsageError
from remit.model.friction_events import DecisionMarked
from remit.model.grant import Granter
from remit.model.json import Json
from remit.model.record import RunRecord
from remit.services.excerpts import kept_text
from remit.services.friction import is_interrupted, rule_of
from remit.services.recorder import Recorder
from remit.services.trace import summary_of

MOST_REASON = 1000


@dataclass(frozen=True, slots=True)
class Markable:
    """One decided call. ``marked`` is what a person said against the decision, "" for nothing."""

    call: str
    held: bool
    rule: str
    tool: str
    subject: str
    marked: str


def markable(record: RunRecord) -> Iterator[Markable]:
    """The decided calls of a run in order."""
    for name, call in record.calls.items():
        if call.first is None:
            continue
        said = record.marks.get(name)
        yield Markable(
            name,
            is_interrupted(call),
            rule_of(call),
            call.requested.tool,
            summary_of(call.requested),
            said[1].reason if said else "",
        )


def find_call(record: RunRecord, asked: str) -> Markable:
    """The call named ``asked``: its id or an unambiguous start or end of one. UsageError where
    there is none, or where it was marked before."""
    known = list(markable(record))
    exact = [one for one in known if one.call == asked]
    near = [one for one in known if one.call.startswith(asked) or one.call.endswith(asked)]
    found = exact or near
    remedy = f"list its calls: remit explain --wrong {record.run}"
    if len(found) != 1 or not asked:
        how = f"{len(found)} calls like" if found and asked else "no decided call"
        raise UsageError(f"run {record.run} has {how} {asked[:80]!a}", remedy)
    if found[0].marked:
        raise UsageError(f"call {found[0].call} is marked already: {found[0].marked!a}", remedy)
    return found[0]


def mark(recorder: Recorder, call: str, reason: str, by: Granter) -> DecisionMarked:
    """Record that ``by`` calls the decision on ``call`` wrong; RemitError where the run never asked
    about such a call, or no reason is given."""
    if call not in recorder.state.seen_calls:
        raise RemitError(f"the run never asked about a call {call[:80]!a}")
    if not reason.strip():
        raise RemitError("a mark needs a reason", 'add --reason "…"')
    marked = DecisionMarked(call, kept_text(reason.strip()[:MOST_REASON]), by)
    recorder.record(marked)
    return marked


def markable_json(one: Markable) -> dict[str, Json]:
    """``{"call", "held", "rule", "tool", "subject", "marked"}``."""
    return {
        "call": one.call,
        "held": one.held,
        "rule": one.rule,
        "tool": one.tool,
        "subject": one.subject,
        "marked": one.marked,
    }


def mark_message(call: str, reason: str) -> dict[str, Json]:
    """What a command says to the run's door for :func:`mark`."""
    return {"do": "mark", "subject": call, "reason": reason}
