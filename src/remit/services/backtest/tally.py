"""Adds up what the sessions would have been, rule by rule, with a few examples of each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from remit.model.backtest import (
    NOTHING_AFTER,
    After,
    Fate,
    Interruption,
    Replayed,
    RuleGroup,
    StopGroup,
    Stopped,
    Unclear,
)
from remit.model.transcript import Outcome

EXAMPLES = 3


@dataclass(slots=True)
class _Rule:
    calls: int = 0
    succeeded: int = 0
    honest: int = 0
    sessions: set[str] = field(default_factory=set)
    examples: dict[str, Interruption] = field(default_factory=dict)

    def take(self, held: Interruption, session: str) -> None:
        self.calls += 1
        self.succeeded += held.recorded is Outcome.OK
        self.honest += held.honest
        self.sessions.add(session)
        self._show(held)

    def _show(self, held: Interruption) -> None:
        """Each thing once; an honest one takes the place of one that is not."""
        if held.shown.text in self.examples:
            return
        if len(self.examples) >= EXAMPLES:
            poor = [name for name, known in self.examples.items() if not known.honest]
            if not held.honest or not poor:
                return
            del self.examples[poor[-1]]
        self.examples[held.shown.text] = held


@dataclass(slots=True)
class _Stop:
    sessions: int = 0
    after: After = NOTHING_AFTER
    examples: list[Stopped] = field(default_factory=list)

    def take(self, stopped: Stopped) -> None:
        self.sessions += 1
        self.after = self.after.plus(stopped.after)
        self.examples.append(stopped)
        self.examples.sort(key=lambda one: -one.after.cost)
        del self.examples[EXAMPLES:]


@dataclass(slots=True)
class Tally:
    """Takes the sessions one by one and keeps nothing of their calls but the examples."""

    sessions: list[Replayed] = field(default_factory=list)
    fates: Counter[Fate] = field(default_factory=Counter)
    unclear: Counter[Unclear] = field(default_factory=Counter)
    used: After = NOTHING_AFTER
    _rules: dict[tuple[str, Fate], _Rule] = field(default_factory=dict)
    _stops: dict[str, _Stop] = field(default_factory=dict)

    def take(self, session: Replayed) -> None:
        self.fates.update(session.fates)
        self.unclear.update(session.unclear)
        self.used = self.used.plus(session.used)
        for held in session.held:
            rule = self._rules.setdefault((held.rule, held.fate), _Rule())
            rule.take(held, session.path.text)
        if session.stopped:
            self._stops.setdefault(session.stopped.rule, _Stop()).take(session.stopped)
        self.sessions.append(replace(session, held=()))

    def rules(self) -> tuple[RuleGroup, ...]:
        """The most frequent first."""
        groups = [
            RuleGroup(
                name,
                fate,
                rule.calls,
                len(rule.sessions),
                rule.succeeded,
                rule.honest,
                tuple(sorted(rule.examples.values(), key=lambda one: not one.honest)),
            )
            for (name, fate), rule in self._rules.items()
        ]
        return tuple(sorted(groups, key=lambda group: (-group.calls, group.rule, group.fate)))

    def stops(self) -> tuple[StopGroup, ...]:
        """The one that most came after first."""
        groups = [
            StopGroup(name, is_live(name), stop.sessions, stop.after, tuple(stop.examples))
            for name, stop in self._stops.items()
        ]
        return tuple(sorted(groups, key=lambda group: (-group.after.cost, group.rule)))


def is_live(rule: str) -> bool:
    """Whether a run is stopped by ``rule`` today: loops are not
    watched while it goes on."""
    return not rule.startswith("loop.")
