"""The risk class as the gate computes it: nobody's word lowers it."""

from __future__ import annotations

from remit.model.contract import RiskClass
from remit.policy.gate.facts import GateInput
from remit.policy.risk import assess


def risk_of(given: GateInput) -> RiskClass:
    """The class of the contract and of the files git says were changed."""
    files = [file.path for file in given.git.files] if given.git else []
    return assess(given.packet.contract, files)[0]
