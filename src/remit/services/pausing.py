"""Letting an agent end so that it can be started again: how its client is answered.

A client keeps a call that is deferred, and asks it again when its session goes on. It keeps only
the last one, and only of the main agent. So a call is deferred where it is the only thing the
agent waits for; elsewhere, and where that is uncertain, it is denied and the agent told.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from remit.model import signals as s
from remit.model.answer import Answer, Defer, Halt
from remit.model.digest import Digest
from remit.model.pause_events import PauseReason, RunPaused
from remit.model.request import AGENT, ToolCall
from remit.services.recorder import Recorder

_WHY = {
    PauseReason.UNANSWERED: "No person answered in time, so the run is parked.",
    PauseReason.CONFINEMENT: "A person granted this; the run goes on under a wider confinement.",
}


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier stay of the client left: calls that were denied, and the one that it may
    ask again, with the digest of its input."""

    denied: frozenset[str] = frozenset()
    call: str = ""
    asked: Digest | None = None


NOTHING_EARLIER = Earlier()


@dataclass(slots=True)
class Turn:
    """What the agent asked for since its last batch ended, and which subagents are at work."""

    _calls: set[str] = field(default_factory=set)
    _subagents: set[str] = field(default_factory=set)

    def see(self, signal: s.Signal) -> None:
        match signal:
            case s.CallRequested(call=call):
                self._calls.add(call.id)
            case s.BatchFinished(actor=actor) if actor == AGENT:
                self._calls.clear()
            case s.PromptGiven():
                self._calls.clear()
            case s.SubagentMoved(agent=agent, started=started):
                change = self._subagents.add if started else self._subagents.discard
                change(agent)

    def is_alone(self, call: ToolCall) -> bool:
        """Whether ``call`` is all that the agent is known to wait for."""
        return call.actor == AGENT and not self._subagents and self._calls <= {call.id}


@dataclass(slots=True)
class Pausing:
    """Pauses one run. ``may_park`` says that a wait without an answer parks it."""

    recorder: Recorder
    may_park: bool = False
    turn: Turn = field(default_factory=Turn)
    _deferred: bool = False

    def pause(self, why: PauseReason, call: ToolCall, requests: tuple[str, ...]) -> Answer:
        """Stage the pause; the answer that ends the client."""
        alone = self.turn.is_alone(call) and not self.recorder.state.in_flight
        self._deferred = alone
        self.recorder.stage(RunPaused(why, call.id if alone else "", requests))
        return Defer(_WHY[why]) if alone else Halt(self._later(why))

    def answer_later(self, held: Answer, text: str) -> Answer:
        """The answer to a call that came after the pause: a deferred one must stay the last word
        on its turn."""
        return held if self._deferred else Halt(text)

    def _later(self, why: PauseReason) -> str:
        return f"{_WHY[why]} This call was not made; ask for it again when you are told to go on."
