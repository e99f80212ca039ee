"""Whether a check before and after the run shows what the contract asks of it."""

from __future__ import annotations

from remit.model.contract import Check, Shows
from remit.model.events import CheckRan, CheckState

_NOT_RED = {
    CheckState.PASSED: "it passed at the start commit as well, so it cannot show the change",
    CheckState.CANNOT_RUN: "it could not be run at the start commit, so nothing was red before",
    CheckState.TIMED_OUT: "it did not end within its time at the start commit",
    CheckState.CONTRADICTED: "its result at the start commit contradicts itself",
}
_NOT_GREEN = {
    CheckState.FAILED: "it fails after the run",
    CheckState.CANNOT_RUN: "it could not be run after the run",
    CheckState.TIMED_OUT: "it did not end within its time after the run",
    CheckState.CONTRADICTED: "its result after the run contradicts itself",
}
_LISTED = 3


def evaluate(check: Check, before: CheckRan | None, after: CheckRan | None) -> tuple[bool, str]:
    """(satisfied, why). The why is for people and always says something."""
    if after is None:
        return False, "it was not run after the run"
    if why := _not_green(after):
        return False, why
    if check.shows is Shows.RED_THEN_GREEN:
        return _red_then_green(before, after)
    return _green(before, after)


def _not_green(after: CheckRan) -> str:
    if after.state is not CheckState.PASSED:
        return _with_failing(_NOT_GREEN[after.state], after.failing)
    if after.counts is not None and after.counts.passed == 0:
        return "no test passed after the run"
    return ""


def _red_then_green(before: CheckRan | None, after: CheckRan) -> tuple[bool, str]:
    if before is None:
        return False, "it was not run at the start commit, so nothing shows that it was red"
    if before.state is not CheckState.FAILED:
        return False, _NOT_RED[before.state]
    if before.counts is not None and not before.counts.failed:
        return False, "at the start commit no test failed: what failed was something else"
    gone = tuple(note for note in after.notes if note.startswith("vanished: "))
    if gone:
        names = tuple(note.removeprefix("vanished: ") for note in gone)
        return False, _with_failing("tests that failed before no longer exist", names)
    if fewer := _fewer(before, after):
        return False, fewer
    return True, _with_failing("red at the start commit, green after the run", before.failing)


def _green(before: CheckRan | None, after: CheckRan) -> tuple[bool, str]:
    if before is not None and (fewer := _fewer(before, after)):
        return False, fewer
    if before is None or before.state is CheckState.CANNOT_RUN:
        return True, "green after the run; it could not be run before"
    if before.state is CheckState.PASSED:
        return True, "green before and after the run"
    return True, _with_failing("green after the run, not before", before.failing)


def _fewer(before: CheckRan, after: CheckRan) -> str:
    """Fewer tests that could have failed are a worse check, whatever their colour."""
    if before.counts is None or after.counts is None:
        return ""
    was = before.counts.passed + before.counts.failed
    now = after.counts.passed + after.counts.failed
    return (
        f"fewer tests ran than at the start commit ({was} before, {now} after)" if now < was else ""
    )


def _with_failing(message: str, failing: tuple[str, ...]) -> str:
    if not failing:
        return message
    more = f" and {len(failing) - _LISTED} more" if len(failing) > _LISTED else ""
    return f"{message}: {', '.join(failing[:_LISTED])}{more}"
