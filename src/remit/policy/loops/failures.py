"""Counts failures: the same error over any calls, denials, and retries that taught nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from remit.model.loops import LoopKind, LoopLimits, Streak
from remit.model.transcript import Outcome, PastCall

_Counts = TypeVar("_Counts", bound=tuple[int, ...])

MOST = 256
"""Different calls that are remembered."""


class Failures:
    """State for one actor. An outage neither counts nor breaks a streak: it is not the agent's."""

    def __init__(self, limits: LoopLimits) -> None:
        self._limits = limits
        self._error = self._errors = self._error_first = 0
        self._denials = self._denial_first = 0
        self._denied: dict[int, tuple[int, int]] = {}
        self._tries: dict[int, tuple[int, int, int, int]] = {}

    def see(self, call: PastCall, place: int, edits: int) -> Iterator[Streak]:
        """``edits`` is how many edits of this actor have succeeded so far."""
        match call.outcome:
            case Outcome.DENIED:
                yield from self._deny(call, place)
            case Outcome.FAILED:
                yield self._fail(call, place)
                yield from self._retry(call, place, edits)

    def succeed(self, call: PastCall) -> None:
        """A call that went well ends the streaks it stands in."""
        self._errors = self._denials = 0
        if self._tries:
            self._tries.pop(call.arguments, None)
        if self._denied:
            self._denied.pop(call.arguments, None)

    def _fail(self, call: PastCall, place: int) -> Streak:
        if call.error != self._error or not self._errors:
            self._error, self._errors, self._error_first = call.error, 0, place
        self._errors += 1
        return Streak(LoopKind.ERRORS, self._errors, self._error_first, self._limits.errors)

    def _deny(self, call: PastCall, place: int) -> Iterator[Streak]:
        if not self._denials:
            self._denial_first = place
        self._denials += 1
        yield Streak(LoopKind.DENIALS, self._denials, self._denial_first, self._limits.denials)
        count, first = self._denied.pop(call.arguments, (0, place))
        _keep(self._denied, call.arguments, (count + 1, first))
        yield Streak(LoopKind.DENIALS, count + 1, first, self._limits.same_denial)

    def _retry(self, call: PastCall, place: int, edits: int) -> Iterator[Streak]:
        """Only a try after an edit is one: without, it is a repetition."""
        count, first, error, before = self._tries.pop(call.arguments, (0, place, 0, -1))
        if count and error == call.error:
            if edits > before:
                count += 1
        else:
            count, first = 1, place
        _keep(self._tries, call.arguments, (count, first, call.error, edits))
        if count > 1:
            yield Streak(LoopKind.RETRY, count, first, self._limits.retry)


def _keep(table: dict[int, _Counts], key: int, value: _Counts) -> None:
    table[key] = value
    if len(table) > MOST:
        del table[next(iter(table))]
