"""What the gate says of a packet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class VerdictOutcome(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    CANNOT_SAY = "cannot-say"


class Severity(StrEnum):
    BLOCK = "block"
    """The gate says no."""
    UNSURE = "unsure"
    """The gate cannot say."""
    NOTE = "note"
    """Worth a reviewer's look; does not block."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the gate found. ``rule`` is a stable id; ``fix`` says what to do next."""

    rule: str
    severity: Severity
    message: str
    subject: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: VerdictOutcome
    findings: tuple[Finding, ...]


def verdict_of(findings: tuple[Finding, ...]) -> Verdict:
    """A block is a no; failing that, doubt is "cannot say"; only then is it a pass."""
    severities = {finding.severity for finding in findings}
    if Severity.BLOCK in severities:
        return Verdict(VerdictOutcome.FAIL, findings)
    if Severity.UNSURE in severities:
        return Verdict(VerdictOutcome.CANNOT_SAY, findings)
    return Verdict(VerdictOutcome.PASS, findings)
