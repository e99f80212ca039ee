"""Whether the people who widened the run could, for the class of what was really changed."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.contract import RiskClass
from remit.model.deciding import DecidingRules
from remit.model.grant import Established
from remit.model.packet import Asked
from remit.model.verdict import Finding, Severity
from remit.policy.approval import lacking, same_person
from remit.policy.attention import is_instant
from remit.policy.gate.facts import GateInput
from remit.policy.gate.risk import risk_of


def _granted(given: GateInput) -> Iterator[Asked]:
    return (asked for asked in given.packet.asked if asked.outcome == "granted")


def established(given: GateInput) -> Iterator[Finding]:
    risk = risk_of(given)
    for asked in _granted(given):
        known = asked.established in set(Established)
        why = _lacking(asked, risk, given.packet.deciding) if known else "nobody is named"
        if why:
            message = f"the grant of {asked.request} does not suffice: {why}"
            fix = "run again, and answer at the terminal of the run"
            yield Finding("grant.established", Severity.BLOCK, message, asked.subject.text, fix)


def _lacking(asked: Asked, risk: RiskClass, rules: DecidingRules) -> str:
    way = Established(asked.established)
    return lacking(asked.by.text, way, asked.presence, risk, rules)


def delegator(given: GateInput) -> Iterator[Finding]:
    """In the high class who hands over does not also widen."""
    own = given.packet.contract.people.delegator
    if risk_of(given) is not RiskClass.HIGH or not own:
        return
    for asked in _granted(given):
        if same_person(asked.by.text, own):
            message = f"{asked.request} was granted by the delegator; the high class asks another"
            fix = "run again, with another person to answer"
            yield Finding("grant.delegator", Severity.BLOCK, message, asked.subject.text, fix)


def instant(given: GateInput) -> Iterator[Finding]:
    for asked in _granted(given):
        if is_instant(asked.subject.text, asked.answered_us - asked.opened_us):
            message = f"{asked.request} was granted sooner than it can be read"
            yield Finding("grant.instant", Severity.NOTE, message, asked.subject.text)


RULES = (established, delegator, instant)
