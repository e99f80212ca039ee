"""Counts calls that repeat one after the other: alone, in cycles, with the same result or not."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.loops import LoopKind, LoopLimits, Streak
from remit.model.transcript import PastCall

LONGEST_CYCLE = 5
POLLS = frozenset(
    {"BashOutput", "TaskOutput", "AgentOutputTool", "KillShell", "write_stdin"}
    | {"read_background_output", "list_background_processes"}
)
"""Tools that ask whether something is done yet."""


class Repeats:
    """State for one actor. ``count`` is told of every finished call, in order."""

    def __init__(self, limits: LoopLimits) -> None:
        self._limits = limits
        self._past: list[tuple[int, int]] = []
        self._runs = [0] * (LONGEST_CYCLE + 1)
        self._same = 0

    def count(self, call: PastCall) -> bool:
        """Whether ``call`` continues anything."""
        key = (call.arguments, call.result)
        past, runs = self._past, self._runs
        self._same = self._same + 1 if past and past[-1][0] == call.arguments else 0
        going = self._same > 0
        for period in range(1, len(past) + 1):
            if past[-period] == key:
                runs[period] += 1
                going = True
            else:
                runs[period] = 0
        past.append(key)
        if len(past) > LONGEST_CYCLE:
            del past[0]
        return going

    def streaks(self, call: PastCall, place: int) -> Iterator[Streak]:
        """What the call that was counted last continues."""
        polls = self._limits.polling if call.tool in POLLS else None
        if alone := self._runs[1]:
            limit = polls or self._limits.repeat
            yield Streak(LoopKind.REPEAT, alone + 1, place - alone, limit)
        elif period := self._period():
            run = self._runs[period]
            first = place - run - period + 1
            yield Streak(LoopKind.CYCLE, run // period + 1, first, polls or self._limits.cycle)
        if self._same:
            limit = polls or self._limits.same_call
            yield Streak(LoopKind.SAME_CALL, self._same + 1, place - self._same, limit)

    def _period(self) -> int:
        """The shortest cycle that has come round at least once."""
        periods = range(2, LONGEST_CYCLE + 1)
        return next((period for period in periods if self._runs[period] >= period), 0)
