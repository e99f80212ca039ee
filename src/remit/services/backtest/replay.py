"""Goes through one recorded session as a run under a contract would have: to its stop."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from remit.model.backtest import Fate, Interruption, Replayed, Stopped, StopRule, Unclear
from remit.model.contract import Contract
from remit.model.decision import Decision
from remit.model.loops import Limit, LoopLimits
from remit.model.quantity import format_duration, format_money
from remit.model.request import Request
from remit.model.transcript import Outcome
from remit.model.untrusted import Untrusted
from remit.model.usage import PER_MICRO
from remit.policy.answers import held_text
from remit.services.backtest.decide import Decided, Decider
from remit.services.backtest.findings import Findings
from remit.services.backtest.needs import needs_of
from remit.services.backtest.sessions import Asked, Session, Turn
from remit.services.backtest.used import cost_of, used
from remit.services.excerpts import kept_text
from remit.services.scan.prices import Pricing

MOST_SHOWN = 300
_MOVABLE = frozenset({StopRule.TIME.value, "repetition.denied-again"})
"""Stops that come later, or not at all, under a wider contract."""
_SAYS = ("command", "file_path", "notebook_path", "path", "url", "query", "pattern")


def limits_of(contract: Contract) -> LoopLimits:
    """The default limits, with the attempts of the contract: tries after the first failure."""
    attempts = contract.budget.attempts
    if attempts is None:
        return LoopLimits()
    return LoopLimits()._replace(retry=Limit(attempts + 1, attempts + 1))


@dataclass(slots=True)
class Replay:
    """One session on its way. ``findings`` gathers what a better contract would say."""

    contract: Contract
    pricing: Pricing
    findings: Findings
    decider: Decider
    session: Session
    _fates: Counter[Fate] = field(default_factory=Counter)
    _unclear: Counter[Unclear] = field(default_factory=Counter)
    _as_written: int = 0
    _held: list[Interruption] = field(default_factory=list)
    _stopped: Stopped | None = None
    _spent: int = 0

    def run(self) -> Replayed:
        """The session under the contract. What comes after its stop is measured, not decided."""
        for place, turn in enumerate(self.session.turns):
            if self._over_time(place, turn):
                break
            self._spent += sum(cost_of(self.pricing, turn))
            if self._overspent(place, turn) or self._asks(place, turn):
                break
        if self._stopped and self._stopped.rule in _MOVABLE:
            self._look_beyond()
        return self._replayed()

    def _look_beyond(self) -> None:
        """What a contract would have to open that lets this session come further."""
        calls = [asked for turn in self.session.turns for asked in turn.calls]
        for asked in calls[sum(self._fates.values()) :]:
            request = self.decider.alone(asked.call) if _is_honest(asked) else None
            if request:
                needs = needs_of(request, self.contract)
                self.findings.cut_off(self.session.name, needs)

    # stops

    def _over_time(self, place: int, turn: Turn) -> bool:
        limit = self.contract.budget.time_s
        if turn.elapsed <= limit:
            return False
        words = f"The time of this run is spent: {format_duration(limit)}."
        return self._stop(StopRule.TIME, place, turn._replace(elapsed=limit), words)

    def _overspent(self, place: int, turn: Turn) -> bool:
        limit = self.contract.budget.spend_micro_usd
        if limit is None or self._spent <= limit * PER_MICRO:
            return False
        words = f"The money of this run is spent: {format_money(limit)} at list price."
        return self._stop(StopRule.SPEND, place + 1, turn, words)

    def _stop(self, rule: str, rest: int, turn: Turn, words: str, line: int = 0) -> bool:
        """``rest`` is the place of the first turn that would not have come."""
        at = line or (turn.calls[0].past.line if turn.calls else 0)
        after = used(self.pricing, self.session.turns[rest:], turn.elapsed)
        self._stopped = Stopped(rule, Untrusted(turn.path), at, Untrusted(words), after)
        return True

    # calls

    def _asks(self, place: int, turn: Turn) -> bool:
        """Decide the calls of ``turn``; whether one of them is the last of the session."""
        for asked in turn.calls:
            decided = self.decider.decide(asked.call)
            self._note(asked, decided)
            if decided.fate is Fate.STOPPED and decided.decision:
                rule, words = decided.decision.reasons[0].rule, _words(decided.decision)
                return self._stop(rule, place + 1, turn, words, asked.past.line)
            if asked.loop:
                words = f"This goes round: {asked.loop} stops here."
                return self._stop(asked.loop, place + 1, turn, words, asked.past.line)
        return False

    def _note(self, asked: Asked, decided: Decided) -> None:
        self._fates[decided.fate] += 1
        self._as_written += decided.named
        if decided.unclear:
            self._unclear[decided.unclear] += 1
        request, decision = decided.request, decided.decision
        if request is None or decision is None:
            return
        if not decision.held:
            self.findings.passed(request, decision)
            return
        honest = _is_honest(asked)
        needs = needs_of(request, self.contract)
        if honest:
            self.findings.held(self.session.name, needs)
        held = Interruption(
            decision.reasons[0].rule,
            decided.fate,
            Untrusted(asked.call.tool),
            Untrusted(_said(request)),
            Untrusted(asked.path),
            asked.past.line,
            Untrusted(_words(decision)),
            asked.past.outcome,
            honest,
            bool(needs),
        )
        self._held.append(held)

    def _replayed(self) -> Replayed:
        session = self.session
        return Replayed(
            Untrusted(session.name),
            Untrusted(session.root or "unknown"),
            Untrusted(session.path),
            session.agent,
            session.first_day,
            session.last_day,
            used(self.pricing, session.turns, 0),
            dict(self._fates),
            dict(self._unclear),
            self.decider.questions,
            self._as_written,
            tuple(self._held),
            self._stopped,
        )


def _is_honest(asked: Asked) -> bool:
    return asked.past.outcome is Outcome.OK and not asked.idle


def _words(decision: Decision) -> str:
    """What the agent would have read, without the secrets that its own call may quote."""
    return "\n".join(map(kept_text, held_text(decision).split("\n")))


def _said(request: Request) -> str:
    """The part of the call that says what it does."""
    values = (request.call.input.get(name) for name in _SAYS)
    text = next((value for value in values if isinstance(value, str) and value), "")
    return kept_text(text)[:MOST_SHOWN]
