"""What a risk class asks of a contract before it may start."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from remit.errors import Problem
from remit.model.contract import Contract, RiskClass

_BARE_REVERT: Final = re.compile(
    r"\s*(?:just\s+|simply\s+)?(?:git\s+)?(?:revert|reset|undo|roll\s?back|drop)"
    r"(?:\s+(?:the|this|that|our|its|merge|squash(?:ed)?|last|whole|commits?|changes?|pr|mr"
    r"|pull\s+request|merge\s+request|branch|it|everything|head|and|then|push|redeploy"
    r"|--hard|head[~^]\d*))*\s*[.!]?\s*",
    re.IGNORECASE,
)
DATA_ZONES: Final = frozenset({"migrations", "production-data", "customer-data", "billing"})
"""Zones whose changes outlive a revert: rows are written, money moves."""

_FIXES: Final = {
    "people.delegator": 'name who hands the task over: delegator = "…"',
    "people.reviewer": 'name who judges the packet: reviewer = "…"',
    "people.owner": 'name who carries the risk: owner = "…"',
    "rollback.change": 'say what changes: change = "…"',
    "rollback.undo": 'say how it goes back: undo = "…"',
    "rollback.data_risk": 'say what data cannot go back by itself, or "none: …" and why',
    "rollback.trigger": 'name the signal to undo on: trigger = "…"',
    "rollback.owner": 'name who decides to undo: owner = "…"',
    "rollback.verify": 'say what to check after the undo: verify = "…"',
}


def unmet(contract: Contract, risk: RiskClass, zones: Sequence[str]) -> tuple[Problem, ...]:
    """Every line the class asks for and the contract has not. ``zones`` are those it may edit."""
    return (*_rollback_faults(contract, zones), *_demands(contract, risk))


def _demands(contract: Contract, risk: RiskClass) -> Iterator[Problem]:
    if risk is RiskClass.LOW:
        return
    people, rollback = contract.people, contract.rollback
    asked = {
        "people.delegator": people.delegator,
        "people.reviewer": people.reviewer,
        "people.owner": people.owner,
        "rollback.change": rollback.change,
        "rollback.undo": rollback.undo,
    }
    if risk is RiskClass.HIGH:
        asked |= {
            "rollback.data_risk": rollback.data_risk,
            "rollback.trigger": rollback.trigger,
            "rollback.owner": rollback.owner,
            "rollback.verify": rollback.verify,
        }
    for key, value in asked.items():
        if not value:
            yield Problem(key, f"is asked for in the {risk} class", _FIXES[key])
    yield from _acknowledgement(contract, risk)


def _acknowledgement(contract: Contract, risk: RiskClass) -> Iterator[Problem]:
    by, reviewer = contract.acknowledged_by, contract.people.reviewer
    if not by:
        message = f"the {risk} class starts only with a boundary the reviewer has read"
        fix = 'when the reviewer has read it: acknowledged_by = "…"'
        yield Problem("acknowledged_by", message, fix)
    elif reviewer and by != reviewer:
        message = f"{by!r} is not the reviewer"
        yield Problem("acknowledged_by", message, f"let {reviewer!r} read the boundary")


def _rollback_faults(contract: Contract, zones: Sequence[str]) -> Iterator[Problem]:
    undo = contract.rollback.undo
    in_data = sorted(DATA_ZONES & set(zones))
    if undo and in_data and _BARE_REVERT.fullmatch(undo):
        message = f"a revert does not undo what {', '.join(in_data)} wrote"
        fix = "say how the data is repaired as well, step by step"
        yield Problem("rollback.undo", message, fix)
