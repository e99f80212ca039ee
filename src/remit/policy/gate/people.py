"""What the risk class asks of people, and what a reviewer should know."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.contract import RiskClass
from remit.model.verdict import Finding, Severity
from remit.policy.gate.facts import GateInput
from remit.policy.gate.risk import risk_of


def ceremony(given: GateInput) -> Iterator[Finding]:
    risk = risk_of(given)
    if risk is RiskClass.LOW:
        return
    contract = given.packet.contract
    asked = (
        ("people.reviewer", "a reviewer", "people.reviewer", contract.people.reviewer),
        ("people.owner", "a risk owner", "people.owner", contract.people.owner),
        (
            "people.acknowledged",
            "the reviewer's word that the boundary was understood",
            "acknowledged_by",
            contract.acknowledged_by,
        ),
        ("rollback.missing", "a note on how to undo it", "rollback.undo", contract.rollback.undo),
    )
    for rule, what, key, value in asked:
        if not (value or "").strip():
            message = f"the {risk.value} class needs {what}"
            yield Finding(rule, Severity.BLOCK, message, "", f"name {key} in a new contract")


def understated(given: GateInput) -> Iterator[Finding]:
    risk, told = risk_of(given), given.packet.risk
    if risk is not told:
        message = f"the packet says {told.value}; what changed makes it {risk.value}"
        yield Finding("risk.recomputed", Severity.NOTE, message)


def pressure(given: GateInput) -> Iterator[Finding]:
    held = given.packet.cost.held
    if held:
        message = f"{held} {'request' if held == 1 else 'requests'} outside the contract held"
        yield Finding("pressure.recorded", Severity.NOTE, message)


def others(given: GateInput) -> Iterator[Finding]:
    for path in given.packet.by_others:
        message = "changed by others while the run was on"
        yield Finding("changed.by-others", Severity.NOTE, message, path.text)


RULES = (ceremony, understated, pressure, others)
