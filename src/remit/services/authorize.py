"""What happens when a signal of the agent arrives: decide, record, answer.

The only place where hooks meet policy. It only ever narrows (ADR 0009): nothing that
arrives here grants, extends, lifts a stop, ends a run well, or counts as evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from remit.errors import LedgerUnavailable, RemitError
from remit.model import events as e
from remit.model import signals as s
from remit.model.answer import Allow, Answer, Halt, Hold, Refuse, Wait
from remit.model.decision import Decision, Outcome
from remit.model.ids import CallId
from remit.model.pause_events import PauseReason
from remit.model.request import Effect, Request, ToolCall
from remit.model.state import Phase, RunState
from remit.policy.answers import Said, held_text
from remit.policy.budget_lines import counted
from remit.policy.effects import effects_of
from remit.policy.engine import decide, unreached, used, wanted
from remit.policy.grants import Wanted
from remit.services.approvals import Approvals
from remit.services.excerpts import digest_json, kept_input
from remit.services.pausing import NOTHING_EARLIER, Earlier, Pausing
from remit.services.reading import Places
from remit.services.recorder import Recorder
from remit.services.stopping import Stopper, pressure_of, trigger_of
from remit.services.warnings import Warnings
from remit.services.witness import TreeWatch, Witness


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call that is held until its requests are answered."""

    call: ToolCall
    effects: tuple[Effect, ...]
    wants: tuple[Wanted, ...]
    asked: frozenset[str]
    decision: Decision


@dataclass(slots=True)
class Authority:
    """Decides the signals of one run. ``on_pause`` is told when the agent is to end so that it can
    be started again."""

    recorder: Recorder
    tree: TreeWatch
    root: str
    home: str
    approvals: Approvals
    earlier: Earlier = NOTHING_EARLIER
    on_pause: Callable[[], None] = lambda: None
    enclosed: frozenset[str] | None = None
    """The granted paths that the kernel lets the agent write to; None where it holds nothing."""
    promised: Callable[[str], bool] = lambda call: True
    """Whether the model asked for a call, as far as anybody can know."""
    held_after_stop: int = 0
    pausing: Pausing = field(init=False)
    stops: Stopper = field(init=False)
    warnings: Warnings = field(init=False)
    witness: Witness = field(init=False)
    _places: Places = field(init=False)
    _waiting: dict[CallId, Waiting] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pausing = Pausing(self.recorder)
        self.stops = Stopper(self.recorder, on_answer=lambda: self.approvals.on_answer())
        self.warnings = Warnings(self.recorder)
        self._places = Places(self.root, self.home)
        self.witness = Witness(
            self.recorder, self.tree, self.stops, self.warnings, self._places, self.earlier
        )
        self.witness.attempts.confirming.on_done = lambda: self.approvals.on_answer()
        self.approvals.on_change = self._permit
        if self.approvals.permits.grants:
            self.tree.permit(self.approvals.writes())

    def take(self, signal: s.Signal) -> Answer:
        """The answer to ``signal``; its events are staged until :meth:`commit`."""
        self.pausing.turn.see(signal)
        match signal:
            case s.CallRequested(call=call):
                return self._request(call)
            case s.CallFinished():
                return self.witness.finish(signal)
            case s.BatchFinished():
                return self.witness.batch()
            case s.SessionStarted(session=session):
                return self.witness.beat("SessionStart", session)
            case s.PromptGiven(session=session, text=text):
                return self.witness.prompt(session, text)
        return self.witness.note(signal)

    def commit(self) -> None:
        """Make durable what was staged; raises LedgerUnavailable."""
        self.recorder.flush()

    def failed(self, signal: s.Signal, error: Exception) -> Answer:
        """An unexpected failure: uncertain means "no", and the run goes no further."""
        known = error.message if isinstance(error, RemitError) else ""
        detail = (known or f"{type(error).__name__}: {error}")[:500]
        if self.recorder.state.phase is Phase.OPEN:
            message = f"Remit failed while deciding and will not guess ({detail})"
            self.stops.stop(e.StopTrigger.INTERNAL, message, ())
        return Refuse(f"Remit could not decide this ({detail}), so it may not happen.")

    # what others may ask of it

    def stop(self, trigger: e.StopTrigger, message: str, paths: tuple[str, ...]) -> None:
        """Stop the run: only reading and a closing note are left to the agent."""
        self.stops.stop(trigger, message, paths)

    def unrecorded(self, failure: LedgerUnavailable) -> None:
        """The ledger takes no entry: the run stops."""
        self.stops.unrecorded(failure)

    def warn(self, counted: Mapping[str, int]) -> None:
        """Say once which limits are near their end: what was used of them, by their names."""
        self.warnings.look(counted)

    def unguarded(self, call: str) -> None:
        """The client told its model what came of a call that no hook asked about."""
        self.stops.distrust("a call ran that no hook asked about", call)

    # calls

    def _request(self, call: ToolCall) -> Answer:
        if not self.promised(call.id):
            what = "a call was asked for that the model never sent"
            self.stops.distrust(what, call.id)
            return Refuse(f"Remit stopped the run: {what}.")
        effects = effects_of(call)
        request = self._places.request_of(call, effects)
        self.approvals.expire()
        state, now_us = self._state_for(call), self.approvals.now_us()
        decision = decide(request, state, now_us)
        wants = wanted(request, state, now_us) if decision.held else ()
        wider = None
        if not decision.held and self.enclosed is not None:
            wider = unreached(request, state, self.enclosed, now_us)
        decision = wider or decision
        if call.id != state.again:
            self.recorder.stage(
                e.ToolRequested(
                    call.id,
                    call.tool,
                    call.actor.name,
                    call.cwd,
                    kept_input(call.input),
                    digest_json(call.input),
                    effects,
                )
            )
        self.recorder.stage(e.DecisionMade(call.id, decision.outcome, decision.reasons))
        self.witness.attempts.note(call)
        self.warn(counted(self.recorder.state))
        if wider:
            return self._pause(PauseReason.CONFINEMENT, call, self._granted_requests())
        if decision.held:
            return self._hold(Waiting(call, effects, wants, frozenset(), decision))
        return self._let_through(request, state, "inside the task contract")

    def _state_for(self, call: ToolCall) -> RunState:
        """The state to decide ``call`` in: one that comes again under its id is the same call."""
        state = self.recorder.state
        if call.id != state.again:
            return state
        if digest_json(call.input) != self.earlier.asked:
            return replace(state, again="")
        return replace(state, denials={})

    def _hold(self, held: Waiting) -> Answer:
        """Ask a person where one may grant it; the call waits where the contract says ask and
        somebody may be there."""
        call, decision = held.call, held.decision
        open_now = self.recorder.state.phase is Phase.OPEN
        wants = held.wants if open_now and decision.outcome is not Outcome.STOP else ()
        request = self._places.request_of(call, held.effects)
        requests = self.approvals.ask(request, wants) if wants else ()
        asked = frozenset(request.id for request in requests)
        if asked and decision.outcome is Outcome.ASK:
            if self.approvals.wait_s > 0:
                self._waiting[call.id] = replace(held, asked=asked)
                return Wait(call.id)
            if self.pausing.may_park:
                return self._park(call, asked)
        refused = self.approvals.refusal_of(wants)
        return self._deny(call, decision, replace(self._open(asked), refused=refused))

    def answered(self, call: CallId) -> Answer | None:
        """The answer to a waiting call once it was granted, refused, or is held by a run that is
        not open any more; None as long as it waits."""
        if self.witness.waits(call):
            return self.witness.confirmed(call)
        held, state = self._waiting[call], self.recorder.state
        refused = self.approvals.refusal_of(held.wants)
        if state.phase is Phase.OPEN and not refused and held.asked & set(state.permits.waiting):
            return None
        return self._again(held, Said(refused))

    def lapsed(self, call: CallId) -> Answer:
        """Nobody answered in time: the run parks, or the call is denied. Its requests stay open."""
        if self.witness.waits(call):
            return self.witness.lapsed(call)
        held = self._waiting[call]
        if self.pausing.may_park and self.recorder.state.phase is Phase.OPEN:
            return self._park(self._waiting.pop(call).call, held.asked)
        return self._again(held, self._open(held.asked))

    def _open(self, asked: frozenset[str]) -> Said:
        left = asked & set(self.approvals.permits.waiting)
        return Said("", left, self.approvals.smallest(min(left)) if left else "")

    def _granted_requests(self) -> tuple[str, ...]:
        known = self.enclosed or frozenset()
        fresh = self.approvals.writes() - known
        grants = self.approvals.permits.grants
        return tuple(grant.request for grant in grants if grant.item.subject in fresh)

    def _permit(self) -> None:
        """What was changed so far is judged by what was granted so far."""
        self.witness.compare()
        self.tree.permit(self.approvals.writes())

    def _park(self, call: ToolCall, asked: frozenset[str]) -> Answer:
        return self._pause(PauseReason.UNANSWERED, call, tuple(sorted(asked)))

    def _pause(self, why: PauseReason, call: ToolCall, requests: tuple[str, ...]) -> Answer:
        answer = self.pausing.pause(why, call, requests)
        if isinstance(answer, Halt):
            self.witness.denied.add(call.id)
        self.on_pause()
        self.approvals.on_answer()
        return answer

    def _again(self, held: Waiting, said: Said) -> Answer:
        """Decide a call that waited, with where its paths lead now. It was asked once, before
        whatever was denied meanwhile: neither its id nor those denials are held against it."""
        call = self._waiting.pop(held.call.id).call
        request = self._places.request_of(held.call, held.effects)
        state = replace(self.recorder.state, again=call.id, denials={})
        decision = decide(request, state, self.approvals.now_us())
        self.recorder.stage(e.DecisionMade(call.id, decision.outcome, decision.reasons))
        if decision.held:
            return self._deny(call, decision, said)
        return self._let_through(request, state, "granted by a person")

    def _let_through(self, request: Request, state: RunState, why: str) -> Answer:
        self.approvals.use(used(request, state, self.approvals.now_us()), request.call)
        self.witness.show(request.call, request.shows)
        self.tree.began()
        return Allow(why)

    def _deny(self, call: ToolCall, decision: Decision, said: Said) -> Answer:
        self.witness.denied.add(call.id)
        first = decision.reasons[0]
        if self.recorder.state.phase is Phase.PAUSED:
            text = held_text(decision, said)
            return self.pausing.answer_later(Hold(decision, text), text)
        stopped = self.recorder.state.phase is not Phase.OPEN
        self.recorder.stage(pressure_of(call, first))
        self.witness.loops.denied(call)
        self.held_after_stop += stopped
        if decision.outcome is Outcome.STOP:
            self.stops.stop(trigger_of(first), first.message, (first.subject,))
        return Hold(decision, held_text(decision, said))
