"""The merge gate: what a packet is worth for a commit. Pure.

Green tests alone never pass: the packet must be one that an intact ledger vouches for,
speak of this very tree, stay inside its frozen contract, and show what the contract asks.
What git, the contract or the check results can say is computed here and never believed.
Signatures and approvals are left to later.
"""

from __future__ import annotations

from remit.model.verdict import Finding, Severity, Verdict, verdict_of
from remit.policy.gate import binding, evidence, people, scope
from remit.policy.gate.facts import (
    SHOWN,
    ChangedFile,
    GateInput,
    GitFacts,
    Leak,
    LedgerStanding,
)

__all__ = ["SHOWN", "ChangedFile", "GateInput", "GitFacts", "Leak", "LedgerStanding", "judge"]

_WEIGHT = {Severity.BLOCK: 0, Severity.UNSURE: 1, Severity.NOTE: 2}


def judge(given: GateInput) -> Verdict:
    """The verdict with every finding, what blocks first."""
    found: list[Finding] = []
    for rule in (*binding.RULES, *scope.RULES, *evidence.RULES, *people.RULES):
        found.extend(rule(given))
    return verdict_of(tuple(sorted(found, key=lambda finding: _WEIGHT[finding.severity])))
