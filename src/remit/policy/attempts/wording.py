"""What is said of an attempt, to people and to the agent."""

from __future__ import annotations

from collections.abc import Sequence

from remit.model.attempt import Attempts, Gate, Learnt, Weight
from remit.model.attempt_events import AttemptEnded
from remit.model.failure import Failure
from remit.policy.attempts.notes import HOW
from remit.policy.attempts.progress import Progress

_MOST = 3


def why_of(learnt: Learnt, weight: Weight, shown: Progress, same: bool) -> str:
    """How an attempt compares with the one before, in one sentence."""
    match learnt:
        case Learnt.PASSED:
            return "the check passes"
        case Learnt.FEWER:
            return f"fewer fail: {names(shown.gone)} no longer"
        case Learnt.FURTHER:
            return f"it comes further: {failures(shown.failing)}"
    if weight is Weight.JUST_ADDED:
        return f"only what was just added fails: {names(shown.added)}"
    if weight is Weight.FLAKY:
        return f"only what also passed on unchanged code fails: {names(shown.flaky)}"
    if same:
        return f"the same failure as after the attempt before: {failures(shown.failing)}"
    if shown.fresh:
        return f"failing now, and not before: {names(shown.fresh)}"
    return f"still failing: {failures(shown.failing)}"


def message_of(gate: Gate, shown: Progress, count: int, number: int) -> str:
    """Why the next change is held."""
    last = failures(shown.failing)
    match gate:
        case Gate.SIMILAR:
            return f"Two attempts in a row ended with the same failure: {last}."
        case Gate.EXHAUSTED:
            return f"{count} attempts in a row taught nothing new. The last one: {last}."
        case Gate.TOTAL:
            return f"The attempts of this run are used up. The last one: {last}."
    return f"Attempt {number} failed ({last}), and its note is not filed yet."


def told_to_people(ended: AttemptEnded) -> str:
    """One line at the person's terminal."""
    held = f"; {HELD[ended.gate]}" if ended.gate in HELD else ""
    return f"attempt {ended.number}: {ended.why}{held}"


HELD = {
    Gate.NOTE: "its note is due before the next change",
    Gate.SIMILAR: "no further change: the same failure twice in a row",
    Gate.EXHAUSTED: "no further change: the attempts are used up",
    Gate.TOTAL: "no further change: the attempts of the run are used up",
}


def told(attempts: Attempts, ended: AttemptEnded, after_first: int | None) -> str:
    """To the agent, beside the result of its check: how the attempt is counted, and what follows.
    "" where nothing is counted."""
    if attempts.closed:
        return (
            f"Remit: {attempts.message} No further change is let through in this run. Reading and "
            "running checks stay free: write your closing note, with what you tried, what you know "
            "now and what you would do next."
        )
    if ended.weight is not Weight.COUNTED:
        return ""
    if attempts.gate is Gate.NOTE:
        return f"Remit: {attempts.message} It is wanted before the next change: {HOW}"
    if ended.gate is not Gate.OPEN:
        return "Remit: its own run of this check does not show that failure, so it is not counted."
    left = "" if after_first is None else f"{_left(after_first - ended.count + 1)}, and "
    return (
        f"Remit: attempt {ended.number} taught nothing new ({ended.why}). {left}the same failure "
        "once more ends the changes. Look for what would tell you more before the next one."
    )


def _left(count: int) -> str:
    return f"{count} more that teach nothing end the changes" if count > 1 else "One more like it"


def failures(failing: Sequence[Failure]) -> str:
    told = [failure_told(one) for one in failing[:_MOST]]
    more = f" and {len(failing) - _MOST} more" if len(failing) > _MOST else ""
    return "; ".join(told) + more


def names(checks: Sequence[str]) -> str:
    more = f" and {len(checks) - _MOST} more" if len(checks) > _MOST else ""
    return ", ".join(checks[:_MOST]) + more


def failure_told(failure: Failure) -> str:
    """``tests/test_x.py::test_y (AssertionError: assert 3 == 4)``."""
    what = ": ".join(filter(None, (failure.error, failure.message)))
    return f"{failure.check} ({what})" if what else failure.check
