"""The answer to a request, with its reasons as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """Ordered by strength: the strongest of all rules wins (ADR 0004)."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"
    STOP = "stop"
    """Denied, and the run ends here: a line was crossed."""


STRENGTH = {Outcome.ALLOW: 0, Outcome.ASK: 1, Outcome.DENY: 2, Outcome.STOP: 3}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one rule answered as it did.

    ``rule`` is a stable id (``path.write-out-of-scope``). ``subject`` is the resource: a path,
    a host, a program, a tool. ``allowed`` says what the contract permits instead; ``ask`` the
    smallest change of the contract that would permit this.
    """

    rule: str
    outcome: Outcome
    subject: str
    message: str
    allowed: str = ""
    ask: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome and every reason that speaks for it, strongest first."""

    outcome: Outcome
    reasons: tuple[Reason, ...]

    @property
    def held(self) -> bool:
        return self.outcome is not Outcome.ALLOW


def strongest(reasons: tuple[Reason, ...]) -> Decision:
    """Deny overrides. No reason at all is a deny: unknown is never allow."""
    if not reasons:
        nothing = Reason("engine.no-opinion", Outcome.DENY, "", "no rule knows this call")
        return Decision(Outcome.DENY, (nothing,))
    ordered = tuple(sorted(reasons, key=lambda reason: -STRENGTH[reason.outcome]))
    return Decision(ordered[0].outcome, ordered)
