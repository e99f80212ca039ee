"""The loop detector: told of finished calls one by one, it says how far each rule has counted.

It counts streaks, never the whole history: what was useful once may be done again later. It reads
no clock, so slow loops are loops. An allowed or approved call does not reset it. What it leaves
to others: what to do about a loop, and limits on calls, tokens, money and time.
"""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.loops import LoopLimits, Streak
from remit.model.transcript import Outcome, PastCall
from remit.policy.loops.edits import READS, Edits
from remit.policy.loops.failures import Failures
from remit.policy.loops.repeats import Repeats


class LoopWatch:
    """The detector for one actor: a main agent or one subagent."""

    def __init__(self, limits: LoopLimits) -> None:
        self._repeats = Repeats(limits)
        self._failures = Failures(limits)
        self._edits = Edits(limits)

    def see(self, call: PastCall, place: int) -> Iterator[Streak]:
        """The streaks that ``call`` continues. ``place`` is its number among the actor's calls."""
        outcome = call.outcome
        if outcome is Outcome.PENDING or outcome is Outcome.OUTAGE:
            return
        if self._repeats.count(call):
            yield from self._repeats.streaks(call, place)
        if outcome is Outcome.OK:
            if call.after or call.before or call.tool in READS:
                yield from self._edits.see(call, place)
            self._failures.succeed(call)
        else:
            yield from self._failures.see(call, place, self._edits.count)
