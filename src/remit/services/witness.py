"""What an agent's hooks tell of what happened: observations, compared with the tree.

It grants nothing and decides no call; what it sees may stop the run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from remit.model import events as e
from remit.model import signals as s
from remit.model.answer import Answer, Explain, Proceed, Refuse, Wait
from remit.model.attempt_events import AttemptEnded
from remit.model.budget_events import FilesInspected
from remit.model.friction_events import ClientPrompted
from remit.model.ids import CallId
from remit.model.request import ToolCall
from remit.model.state import Phase
from remit.model.tree import Standing
from remit.policy.budget_lines import counted
from remit.services.attempts import AttemptWatch, Compared
from remit.services.confirming import LONGEST_S
from remit.services.excerpts import claim, digest_json, excerpt
from remit.services.explained import explained
from remit.services.loops import LoopGuard
from remit.services.patch import Measured, measure
from remit.services.pausing import Earlier
from remit.services.reading import Places
from remit.services.recorder import Recorder
from remit.services.stopping import Stopper, listed
from remit.services.warnings import Warnings


class TreeWatch(Measured, Compared, Protocol):
    """The comparison of the tree, as far as the authority needs it."""

    def compare(self) -> e.TreeCompared: ...

    def began(self) -> None:
        """A call of the agent starts: from now on changes may be its own."""

    def ended(self) -> None:
        """No call of the agent is in flight any more."""

    def permit(self, paths: frozenset[str]) -> None:
        """From now on these may be changed beside what the contract says."""


@dataclass(slots=True)
class Witness:
    """Takes down what happened in one run. ``denied`` are the calls that may have no result."""

    recorder: Recorder
    tree: TreeWatch
    stops: Stopper
    warnings: Warnings
    places: Places
    earlier: Earlier
    denied: set[str] = field(default_factory=set)
    attempts: AttemptWatch = field(init=False)
    loops: LoopGuard = field(init=False)
    _looping: dict[CallId, str] = field(default_factory=dict)
    """What is to be told of loops, by the call whose result it stands beside."""
    _late: dict[CallId, tuple[s.CallFinished, AttemptEnded]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.attempts = AttemptWatch(self.recorder, self.tree, self.compare)
        self.loops = LoopGuard(self.recorder, self.stops)

    def finish(self, signal: s.CallFinished) -> Answer:
        call, state = signal.call, self.recorder.state
        unasked = call.id not in state.seen_calls
        if signal.ok and (unasked or call.id in self.denied | self.earlier.denied):
            return self._forged(call.id, unasked)
        response = signal.response
        self.recorder.stage(
            e.ToolFinished(
                call.id,
                call.tool,
                signal.ok,
                signal.duration_ms,
                digest_json(response),
                excerpt(response),
            )
        )
        self.show(call, self.places.found_by(call, response))
        self._settle()
        if looping := self.loops.finished(signal):
            self._looping[call.id] = looping
        ended = self.attempts.see(signal)
        if ended and ended.confirming and self.attempts.confirming.pending:
            self._late[call.id] = signal, ended
        if self.earlier.call == call.id:
            self.compare()  # the client reports no batch for a call that it kept
        if call.id in self._late:
            return Wait(call.id, LONGEST_S)
        return self._told(signal, ended)

    def waits(self, call: CallId) -> bool:
        """Whether the result of ``call`` is kept back while Remit runs the check itself."""
        return call in self._late

    def confirmed(self, call: CallId) -> Answer | None:
        """What is told of a result that was kept back; None as long as it is."""
        if self.attempts.confirming.pending:
            return None
        return self._told(*self._late.pop(call))

    def lapsed(self, call: CallId) -> Answer:
        """It was kept back long enough."""
        self.attempts.confirming.lapse()
        return self._told(*self._late.pop(call))

    def _told(self, signal: s.CallFinished, ended: AttemptEnded | None) -> Answer:
        """What the agent is told beside a result: refusals of the kernel, limits, its attempts."""
        answer = explained(signal, self.recorder, self.places.root)
        said = [self.attempts.told(ended) if ended else "", self._looping.pop(signal.call.id, "")]
        words = "\n".join(filter(None, said))
        return self.warnings.with_answer(Explain(_joined(answer, words)) if words else answer)

    def show(self, call: ToolCall, files: Iterable[str]) -> None:
        known = self.recorder.state.inspected
        if fresh := tuple(name for name in dict.fromkeys(files) if name not in known):
            self.recorder.stage(FilesInspected(call.id, fresh))
            self.warnings.look(counted(self.recorder.state))

    def _forged(self, call: str, unasked: bool) -> Answer:
        what = (
            "a result arrived for a call that was never asked about"
            if unasked
            else "a result arrived for a call that was denied"
        )
        self.stops.distrust(what, call)
        return Refuse(f"Remit stopped the run: {what}.")

    def _settle(self) -> None:
        if not self.recorder.state.in_flight:
            self.tree.ended()

    def batch(self) -> Answer:
        self.compare()
        if self.recorder.state.phase is Phase.PAUSED:
            return Refuse("This run stands still until a person answered.")
        return Proceed()

    def compare(self) -> None:
        compared = self.tree.compare()
        if not compared.changes:
            return
        self.recorder.stage(compared)
        crossed = tuple(
            change.path for change in compared.changes if change.standing is Standing.OUT_OF_SCOPE
        )
        if crossed:
            message = f"changed outside the edit scope: {listed(crossed)}"
            self.stops.stop(e.StopTrigger.OUT_OF_SCOPE_WRITE, message, crossed)
        if over := measure(self.tree, self.recorder, compared):
            self.stops.stop(e.StopTrigger.BUDGET, over, ())
        self.warnings.look(counted(self.recorder.state))

    def beat(self, hook: str, session: str) -> Answer:
        if not self.recorder.state.heartbeat:
            self.recorder.stage(e.Heartbeat(hook, session))
        return Proceed()

    def prompt(self, session: str, text: str) -> Answer:
        self.beat("UserPromptSubmit", session)
        kept, digest = claim(text)
        self.recorder.stage(e.PromptSubmitted(kept, digest))
        if self.recorder.state.phase is not Phase.OPEN:
            return Refuse("This run of Remit is over; start a new one.")
        return Proceed()

    def note(self, signal: s.Signal) -> Answer:
        match signal:
            case s.TurnEnded(message=message) if message:
                self.recorder.stage(e.ClaimMade(claim(message)[0]))
            case s.SubagentMoved(agent=agent, agent_type=kind, started=started):
                self.recorder.stage(e.SubagentChanged(agent, kind, started))
            case s.PermissionAsked(tool=tool):
                self.recorder.stage(ClientPrompted(tool))
            case s.ConfigurationTouched(source=source, path=path):
                self.recorder.stage(e.ConfigurationChanged(source, path))
                return Refuse("Remit keeps the settings of a run as they were at its start.")
            case s.Unknown():
                return self._unknown(signal)
        return Proceed()

    def _unknown(self, signal: s.Unknown) -> Answer:
        text = excerpt(dict(signal.payload))
        self.recorder.stage(e.Unrecognised(signal.name, digest_json(signal.payload), text))
        if signal.guarded:
            fault = signal.fault or "an event Remit does not know"
            return Refuse(f"Remit does not understand this call ({fault}), so it may not run.")
        return Proceed()


def _joined(answer: Answer, words: str) -> str:
    return f"{answer.message}\n{words}" if isinstance(answer, Explain) else words
