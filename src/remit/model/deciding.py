"""Whose word counts in a run: which way of deciding suffices for which class, and who may sign.

Frozen with the run, so that nothing that changes while it goes on adds a person or a way.
"""

from __future__ import annotations

from dataclasses import dataclass

from remit.model.contract import RiskClass
from remit.model.grant import Established

_ABOVE_LOW = (Established.TERMINAL, Established.SIGNED)


@dataclass(frozen=True, slots=True)
class DecidingRules:
    """What a policy asks of a yes. A no needs nothing but to be heard.

    ``another`` are classes in which those of ``starters`` (who hands the task over, who started
    the run) do not decide themselves; ``presence`` are classes in which a signature counts only
    where the key shows that somebody touched it.
    """

    low: tuple[Established, ...] = (*_ABOVE_LOW, Established.PEER)
    standard: tuple[Established, ...] = _ABOVE_LOW
    high: tuple[Established, ...] = _ABOVE_LOW
    another: tuple[RiskClass, ...] = ()
    presence: tuple[RiskClass, ...] = ()
    starters: tuple[str, ...] = ()

    def enough(self, risk: RiskClass) -> tuple[Established, ...]:
        """The ways that suffice for ``risk``. Above the low class another process of the same
        user is no sufficient sign of a person, whatever a policy says."""
        if risk is RiskClass.LOW:
            return self.low
        ways = self.standard if risk is RiskClass.STANDARD else self.high
        return tuple(way for way in ways if way is not Established.PEER)


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """Who may sign.

    ``signers`` is the text of an OpenSSH allowed-signers file as it was at the start, empty
    where a policy names none; ``revoked`` are absolute paths of lists of revoked keys, read at
    each answer. ``hidden`` says that the agent can reach neither keys nor agents of the user:
    without that a key that needs no touch is no sign of a person.
    """

    signers: str = ""
    revoked: tuple[str, ...] = ()
    hidden: bool = False


RULES = DecidingRules()
NOBODY = SigningKeys()
