"""The risk class as the gate computes it: nobody's word lowers it."""

from __future__ import annotations

from remit.model.contract import RiskClass
from remit.policy.gate.facts import GateInput
from remit.policy.gate.scope import granted_writes
from remit.policy.risk import assess, widened


def risk_of(given: GateInput) -> RiskClass:
    """The class of the contract, of what people granted beside it, and of the files git says were
    changed."""
    files = [file.path for file in given.git.files] if given.git else []
    return assess(widened(given.packet.contract, granted_writes(given.packet)), files)[0]
