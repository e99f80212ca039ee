"""Whose word counts for a run of which risk class."""

from __future__ import annotations

from remit.model.contract import RiskClass
from remit.model.deciding import DecidingRules
from remit.model.grant import Established, Granter


def insufficient(granter: Granter, risk: RiskClass, rules: DecidingRules) -> str:
    """Why ``granter`` may not say yes in a run of ``risk``; empty where they may."""
    presence = granter.signature is not None and granter.signature.presence
    return lacking(granter.name, granter.established, presence, risk, rules)


def lacking(
    name: str, established: Established, presence: bool, risk: RiskClass, rules: DecidingRules
) -> str:
    """:func:`insufficient`, from what a packet tells of the person."""
    enough = rules.enough(risk)
    if established not in enough:
        ways = " or ".join(sorted(way.value for way in enough)) or "nobody: its policy names no way"
        return f"a run of the {risk.value} class needs a decision established by {ways}"
    if risk in rules.another and any(same_person(name, one) for one in rules.starters):
        return f"{name} started the run, and in the {risk.value} class another person decides"
    if established is Established.SIGNED and risk in rules.presence and not presence:
        return f"the {risk.value} class asks for a key that shows a touch (FIDO, sk-ssh-…)"
    return ""


def same_person(one: str, other: str) -> bool:
    """Whether two names are of one person: the same text, or the same address in it."""
    return bool(_named(one) & _named(other))


def _named(name: str) -> frozenset[str]:
    """``Ada <ada@example.org>`` by its whole and by its address."""
    whole = name.strip().casefold()
    address = whole.rpartition("<")[2].rstrip(">").strip() if whole.endswith(">") else ""
    return frozenset(part for part in (whole, address) if part)
