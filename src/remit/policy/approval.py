"""Whose word counts for a run of which risk class."""

from __future__ import annotations

from typing import Final

from remit.model.contract import RiskClass
from remit.model.grant import Established

ENOUGH: Final = {
    RiskClass.LOW: frozenset(Established),
    RiskClass.STANDARD: frozenset({Established.TERMINAL, Established.SIGNED}),
    RiskClass.HIGH: frozenset({Established.TERMINAL, Established.SIGNED}),
}
"""Above the low class another process of the same user is no sufficient sign of a person."""


def insufficient(established: Established, risk: RiskClass) -> str:
    """Why ``established`` does not suffice for ``risk``; empty where it does."""
    if established in ENOUGH[risk]:
        return ""
    ways = " or ".join(sorted(way.value for way in ENOUGH[risk]))
    return f"a run of the {risk.value} class needs a decision established by {ways}"
