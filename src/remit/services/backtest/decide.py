"""Decides the calls of one recorded session by the engine that a live run asks.

What a live run has and a record has not is stated, not guessed: links are as written, a question is
answered with yes (the recorded session went on), and a refusal is counted as a live run counts it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from remit.model.backtest import Fate, RecordedCall, Unclear
from remit.model.contract import Contract
from remit.model.decision import Decision, Outcome
from remit.model.grant import END_OF_TASK, Established, Grant, Granter, GrantRequest
from remit.model.grant_events import GrantMade, RequestOpened
from remit.model.request import PATH_KINDS, Effect, Request, ResolvedPath, ToolCall
from remit.model.run import apply
from remit.model.state import Phase, RunState
from remit.policy.effects import effects_of
from remit.policy.engine import decide, wanted
from remit.policy.grants import GRANTABLE, Wanted
from remit.services.backtest.places import NoHomeError, home_of, lead
from remit.services.stopping import pressure_of

Normalise = Callable[[RecordedCall], "tuple[ToolCall, ...] | None"]
"""The calls that a live adapter would have made of a recorded one; None where it would have
refused it as no call."""

_NOBODY = Granter("somebody", Established.TERMINAL, "the recorded session went on")
_RUN = "backtest"


@dataclass(frozen=True, slots=True)
class Decided:
    """``decision`` is that of ``request``, of several the first that is held; both are None
    where the call is ``unclear``. ``named`` says that it names paths."""

    fate: Fate
    request: Request | None = None
    decision: Decision | None = None
    unclear: Unclear | None = None
    named: bool = False


@dataclass(slots=True)
class Decider:
    """Decides the calls of one session in their order. ``questions`` counts what a person would
    have been asked: an answer covers the same thing for the rest of the session."""

    contract: Contract
    root: str
    normalise: Normalise
    questions: int = 0
    _state: RunState = field(init=False)
    _home: str = field(init=False)

    def __post_init__(self) -> None:
        self._state = RunState(Phase.OPEN, self.contract, self.root, heartbeat=True)
        self._home = home_of(self.root)

    def decide(self, recorded: RecordedCall) -> Decided:
        if not recorded.cwd.startswith("/") or not self.root.startswith("/"):
            return Decided(Fate.UNCLEAR, unclear=Unclear.PLACE)
        calls = self.normalise(recorded)
        if calls is None:
            return Decided(Fate.UNCLEAR, unclear=Unclear.CALL)
        try:
            requests = [self._request(call) for call in calls]
        except NoHomeError:
            return Decided(Fate.UNCLEAR, unclear=Unclear.HOME)
        return self._all(requests)

    def alone(self, recorded: RecordedCall) -> Request | None:
        """The request of a call that is held even as the first of a session, None for others."""
        fresh = Decider(self.contract, self.root, self.normalise).decide(recorded)
        return fresh.request if fresh.decision and fresh.decision.held else None

    def _all(self, requests: list[Request]) -> Decided:
        """One recorded call may be several of ours: what holds one of them holds it."""
        found = Decided(Fate.ALLOWED)
        for request in requests:
            one = self._one(request)
            found = replace(one, named=one.named or found.named)
            if one.fate not in (Fate.ALLOWED, Fate.ANSWERED):
                break
        return found

    def _one(self, request: Request) -> Decided:
        decision = decide(request, self._state)
        fate = self._fate(request, decision)
        if fate in (Fate.DENIED, Fate.STOPPED):
            self._state = apply(self._state, pressure_of(request.call, decision.reasons[0]))
        return Decided(fate, request, decision, named=bool(request.paths))

    def _fate(self, request: Request, decision: Decision) -> Fate:
        match decision.outcome:
            case Outcome.ALLOW:
                answered = any(reason.rule == "grant.covers" for reason in decision.reasons)
                return Fate.ANSWERED if answered else Fate.ALLOWED
            case Outcome.STOP:
                return Fate.STOPPED
            case Outcome.ASK:
                return Fate.ASKED if self._answer(request) else Fate.DENIED
        return Fate.DENIED

    def _answer(self, request: Request) -> bool:
        """A person says yes to all that ``request`` wants; False where none may."""
        wants = wanted(request, self._state, 0)
        if not wants or any(want.item.kind not in GRANTABLE for want in wants):
            return False
        for want in wants:
            self._grant(request.call, want)
        return True

    def _grant(self, call: ToolCall, want: Wanted) -> None:
        self.questions += 1
        name, item, reason = f"{self.questions}", want.item, want.reason
        asked = GrantRequest(
            name, _RUN, item, reason.rule, call.id, call.actor.name, reason.message, 0
        )
        grant = Grant(name, name, _RUN, item, "backtest", _NOBODY, END_OF_TASK, "", 0)
        self._state = apply(apply(self._state, RequestOpened(asked)), GrantMade(grant))

    def _request(self, call: ToolCall) -> Request:
        effects = effects_of(call)
        return Request(call, effects, self._leads(effects, call.cwd))

    def _leads(self, effects: tuple[Effect, ...], cwd: str) -> tuple[ResolvedPath, ...]:
        found: dict[str, ResolvedPath] = {}
        for effect in effects:
            if effect.kind in PATH_KINDS and effect.target not in found:
                try:
                    found[effect.target] = lead(effect.target, cwd, self.root, self._home)
                except ValueError:
                    continue
        return tuple(found.values())
