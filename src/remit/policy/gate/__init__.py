"""The merge gate: what a packet is worth for a commit. Pure.

Green tests alone never pass: the packet must be one that an intact ledger vouches for,
speak of this very tree, stay inside its frozen contract, and show what the contract asks.
What git, the contract or the check results can say is computed here and never believed.
What people granted in the run is judged by how they were established.
"""

from __future__ import annotations

from remit.model.verdict import Finding, Severity, Verdict, verdict_of
from remit.policy.gate import binding, evidence, grants, people, scope
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
    rules = (binding.RULES, scope.RULES, evidence.RULES, people.RULES, grants.RULES)
    for rule in (rule for group in rules for rule in group):
        found.extend(rule(given))
    return verdict_of(tuple(sorted(found, key=lambda finding: _WEIGHT[finding.severity])))
