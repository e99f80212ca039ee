"""The gate: whether another attempt may follow the one that just came to its check.

The rules:

* An attempt that passes, leaves strictly fewer failing, or comes strictly further for a new reason
  opens a new count. What was just added and is red, and what is flaky, is not counted.
* Two counted attempts, one after another, with the same failures close the gate.
* So does the first counted attempt beyond those that the contract gives after the first failure,
  and beyond those that it gives over the whole run.
* Where the contract asks for it, a counted attempt wants a note that matches the facts first.

What is left to others: which runs are of which check (``recognise``), whether Remit's own run shows
the failure too (``services/confirming``), refusing the next change (``rules/attempts``).
"""

from __future__ import annotations

from dataclasses import dataclass

from remit.model.attempt import Attempts, Gate, Learnt, Thread, Weight
from remit.model.attempt_events import AttemptEnded, CheckObserved, Seen
from remit.model.failure import signature_of
from remit.policy.attempts.progress import Progress, progress
from remit.policy.attempts.wording import message_of, why_of


@dataclass(frozen=True, slots=True)
class Limits:
    """``after_first`` attempts after the first failure, ``total`` counted attempts over all checks;
    None is no limit. ``note`` asks for a note after each counted attempt."""

    after_first: int | None
    total: int | None
    note: bool


def judge(attempts: Attempts, observed: CheckObserved, limits: Limits) -> AttemptEnded:
    """The attempt that ``observed`` ends: what it taught, whether it counts, what may follow."""
    thread = attempts.thread(observed.check)
    shown = progress(
        thread,
        observed.selection,
        observed.failing,
        thread.changed,
        attempts.flaky,
        observed.command,
    )
    learnt = Learnt.PASSED if observed.seen is Seen.PASSED else shown.learnt
    weight = _weight(learnt, shown)
    count = _count(thread, weight)
    same = frozenset(map(signature_of, shown.failing)) == thread.last and bool(thread.last)
    gate = _gate(attempts, weight, count, same, limits)
    message = message_of(gate, shown, count, attempts.number + 1) if gate is not Gate.OPEN else ""
    return AttemptEnded(
        number=attempts.number + 1,
        call=observed.call,
        check=observed.check,
        selection=observed.selection,
        changed=tuple(sorted(thread.changed)),
        before=tuple(one.check for one in thread.seen.get(observed.selection, ())),
        failing=observed.failing,
        counts=tuple(one.check for one in shown.failing),
        learnt=learnt,
        weight=weight,
        count=count,
        gate=attempts.gate if attempts.closed else gate,
        why=why_of(learnt, weight, shown, same),
        message=attempts.message if attempts.closed else message,
        tree=observed.tree,
    )


def _weight(learnt: Learnt, shown: Progress) -> Weight:
    if learnt is not Learnt.NOTHING:
        return Weight.LEARNT
    if shown.failing:
        return Weight.COUNTED
    return Weight.JUST_ADDED if shown.added else Weight.FLAKY


def _count(thread: Thread, weight: Weight) -> int:
    match weight:
        case Weight.LEARNT:
            return 0
        case Weight.COUNTED:
            return thread.count + 1
    return thread.count


def _gate(attempts: Attempts, weight: Weight, count: int, same: bool, limits: Limits) -> Gate:
    if weight is not Weight.COUNTED:
        return Gate.OPEN
    if same:
        return Gate.SIMILAR
    if limits.after_first is not None and count > limits.after_first:
        return Gate.EXHAUSTED
    if limits.total is not None and attempts.total + 1 > limits.total:
        return Gate.TOTAL
    return Gate.NOTE if limits.note else Gate.OPEN
