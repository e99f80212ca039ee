"""eslint in its usual style: a file's path, and below it a line for each finding."""

from __future__ import annotations

import re
from collections.abc import Sequence

from remit.policy.failures.reading import Finding, Reading, gathered

_FINDING = re.compile(r" +\d+:\d+ +(error|warning) +(\S.*)")
_TOLD = re.compile(r"[✖x] \d+ problems? \((\d+) errors?, (\d+) warnings?\)")
_TOO_MANY = "ESLint found too many warnings"


def read_eslint(lines: Sequence[str]) -> Reading | None:
    """Its errors; its warnings as well where they are what makes it fail."""
    errors, warnings = _findings(lines, "error"), _findings(lines, "warning")
    told = [match for line in lines if (match := _TOLD.fullmatch(line))]
    if not errors and not warnings:
        return None
    if not errors and any(line.startswith(_TOO_MANY) for line in lines):
        return Reading(gathered(warnings), sum(int(m[2]) for m in told) if told else None)
    return Reading(gathered(errors), sum(int(m[1]) for m in told) if told else None)


def _findings(lines: Sequence[str], kind: str) -> list[Finding]:
    file, found = "", []
    for line in lines:
        if not line.startswith(" "):
            file = line
        elif file and (match := _FINDING.fullmatch(line)) and match[1] == kind:
            message, apart, rule = match[2].rpartition("  ")
            if not apart:
                message, rule = match[2], "parse"
            found.append(Finding(file, rule, message))
    return found
