"""What the risk class asks of people, and what a reviewer should know."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.verdict import Finding, Severity
from remit.policy.ceremony import unmet
from remit.policy.gate.facts import GateInput
from remit.policy.gate.risk import risk_of
from remit.policy.zones import zone_of


def ceremony(given: GateInput) -> Iterator[Finding]:
    """The same demands that hold a start back (``policy.ceremony``), for what really changed."""
    contract = given.packet.contract
    paths = [file.path for file in given.git.files] if given.git else []
    zones = {zone for path in paths if (zone := zone_of(path, contract.stop))}
    for problem in unmet(contract, risk_of(given), sorted(zones)):
        fix = f"{problem.fix}, in a new contract"
        yield Finding(f"ceremony.{problem.key}", Severity.BLOCK, problem.message, problem.key, fix)


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
