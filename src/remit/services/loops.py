"""Watches a run for loops while it goes on: nudges the agent at the warning, stops at the limit.

Nothing resets it but what breaks a streak: no approval, no grant, no extension. It counts for each
agent apart, from the start of its client on. The rules are those of ``remit scan``, with limits of
their own: a live run is stopped later than a past one is flagged, for a stop costs work.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from remit.codec.transcripts.arguments import asked_of, standing_for
from remit.model.endings import StopTrigger
from remit.model.loop_events import LoopNoticed
from remit.model.loops import Limit, LoopKind, LoopLimits, Streak
from remit.model.request import ToolCall
from remit.model.signals import CallFinished
from remit.model.transcript import Outcome, PastCall
from remit.policy.kernel_refusals import texts_of
from remit.policy.loops.mask import MOST, masked
from remit.policy.loops.outcome import failed_as
from remit.policy.loops.watch import LoopWatch
from remit.services.recorder import Recorder
from remit.services.stopping import Stopper

LIVE = LoopLimits(
    same_call=Limit(8, 40),
    denials=Limit(3, 0),
    same_denial=Limit(2, 0),
    oscillation=Limit(3, 6),
    retry=Limit(3, 6),
)
"""Denials end a run by rules of their own; polling whose result changes is told early and ended
late; taking out a line for debugging is no loop yet."""
_WORDS = {
    LoopKind.REPEAT: "the same call brought the same result {times} times in a row",
    LoopKind.CYCLE: "the same few calls brought the same results for {times} rounds",
    LoopKind.SAME_CALL: "the same call was made {times} times in a row",
    LoopKind.ERRORS: "{times} calls in a row failed with the same error",
    LoopKind.DENIALS: "{times} calls in a row were held",
    LoopKind.OSCILLATION: "edits took a file back to what it was {times} times",
    LoopKind.RETRY: "the same call failed in the same way {times} times, after an edit each",
    LoopKind.REREAD: "the same was read {times} times with nothing changed in between",
}


@dataclass(slots=True)
class _Actor:
    watch: LoopWatch
    calls: list[str] = field(default_factory=list)
    """The ids of its finished calls, by their place."""


@dataclass(slots=True)
class LoopGuard:
    """The loops of one run. ``tell`` shows a line at the person's terminal."""

    recorder: Recorder
    stops: Stopper
    tell: Callable[[str], None] = lambda line: None
    _actors: dict[str, _Actor] = field(default_factory=dict)

    def finished(self, signal: CallFinished) -> str:
        """Take down a call that came back; what the agent is told of it, "" for nothing."""
        text = "\n".join(texts_of(signal.response))[:MOST]
        result = standing_for(masked(text.encode("utf-8", "surrogatepass")))
        if signal.ok:
            return self._see(signal.call, Outcome.OK, result, 0)
        outcome = failed_as(text.encode("utf-8", "surrogatepass"))
        return self._see(signal.call, outcome, result, result)

    def denied(self, call: ToolCall) -> str:
        """Take down a call that was held; what the agent is told with the denial."""
        return self._see(call, Outcome.DENIED, 0, 0)

    def _see(self, call: ToolCall, outcome: Outcome, result: int, error: int) -> str:
        actor = self._actors.setdefault(call.actor.name, _Actor(LoopWatch(LIVE)))
        asked = asked_of(call.id, call.tool, json.dumps(call.input, default=list).encode())
        past = PastCall(
            *(call.actor.name, call.tool, asked.arguments, 0, 0, asked.subject),
            *(asked.before, asked.after, result, outcome, error),
        )
        actor.calls.append(call.id)
        told = ""
        for streak in actor.watch.see(past, len(actor.calls) - 1):
            told = self._judge(call, actor, streak) or told
        return told

    def _judge(self, call: ToolCall, actor: _Actor, streak: Streak) -> str:
        stops = 0 < streak.limit.stop <= streak.times
        if not stops and streak.times != streak.limit.warn:
            return ""
        first = actor.calls[max(0, streak.first)]
        known = (streak.kind, call.actor.name, call.tool, streak.times, first, call.id, stops)
        self.recorder.stage(LoopNoticed(*known))
        what = _WORDS[streak.kind].format(times=streak.times)
        if stops:
            self.stops.stop(StopTrigger.LOOP, f"a loop: {what}", ())
            return ""
        self.tell(f"looks like a loop: {what}")
        end = f" At {streak.limit.stop} the run ends." if streak.limit.stop else ""
        return (
            f"Remit: {what}.{end} Do something that tells you more, or say in your closing note "
            "what you are missing."
        )
