"""Finds the loops of a session that is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from remit.model.loops import Limit, Loop, LoopKind, LoopLimits, Streak
from remit.model.transcript import Outcome, PastCall
from remit.policy.loops.watch import LoopWatch


@dataclass(slots=True)
class _Open:
    """A streak that has reached its warning."""

    loop: Loop
    limit: Limit


def find_loops(calls: Sequence[PastCall], limits: LoopLimits) -> tuple[Loop, ...]:
    """The loops in ``calls``, each range of calls under the rule that stops it first."""
    if not _may_loop(calls):
        return ()
    by_actor: dict[str, list[int]] = {}
    for place, call in enumerate(calls):
        by_actor.setdefault(call.actor, []).append(place)
    found = [loop for places in by_actor.values() for loop in _of_actor(calls, places, limits)]
    return tuple(sorted(_apart(found), key=lambda loop: loop.first))


def outages(calls: Iterable[PastCall]) -> int:
    """How many calls were lost to the provider or the network: nobody's loop."""
    return sum(call.outcome is Outcome.OUTAGE for call in calls)


def _may_loop(calls: Sequence[PastCall]) -> bool:
    """Without a call made twice or a failure there is nothing to find."""
    if len({call.arguments for call in calls}) < len(calls):
        return True
    troubles = (Outcome.FAILED, Outcome.DENIED)
    return any(call.before or call.outcome in troubles for call in calls)


def _of_actor(
    calls: Sequence[PastCall], places: Sequence[int], limits: LoopLimits
) -> Iterator[Loop]:
    """``places`` of the actor's calls among ``calls``; streaks count in the actor's own."""
    watch = LoopWatch(limits)
    open_: dict[tuple[LoopKind, int], _Open] = {}
    finished = [at for at in places if calls[at].outcome not in (Outcome.PENDING, Outcome.OUTAGE)]
    for number, at in enumerate(finished):
        for streak in watch.see(calls[at], number):
            if streak.times >= streak.limit.warn:
                key = (streak.kind, streak.first)
                known = open_.get(key)
                open_[key] = _grown(known, streak, calls[at], finished[streak.first], at)
    yield from (known.loop for known in open_.values())


def _grown(known: _Open | None, streak: Streak, call: PastCall, first: int, at: int) -> _Open:
    if known is None:
        loop = Loop(streak.kind, call.actor, call.tool, streak.times, first, at, -1, at)
        known = _Open(loop, streak.limit)
    stopped = known.loop.stopped
    if stopped < 0 and 0 < streak.limit.stop <= streak.times:
        stopped = at
    times = max(known.loop.times, streak.times)
    known.loop = known.loop._replace(times=times, last=at, stopped=stopped)
    return known


def _apart(loops: Iterable[Loop]) -> Iterator[Loop]:
    """Of rules that saw the same calls, the one that stops first stands for them."""
    never = 1 << 60
    taken: list[Loop] = []
    for loop in sorted(loops, key=lambda it: (it.stopped if it.stopped >= 0 else never, it.warned)):
        if not any(_overlap(loop, other) for other in taken):
            taken.append(loop)
            yield loop


def _overlap(one: Loop, other: Loop) -> bool:
    return one.actor == other.actor and one.first <= other.last and other.first <= one.last
