"""mypy, with and without codes and columns, and with its lines broken by ``--pretty``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from remit.policy.failures.reading import Finding, Reading, gathered

_FINDING = re.compile(r"([^\s:][^:]{0,300}\.pyi?):\d+(?::\d+){0,3}: error: (.*)")
_CODE = re.compile(r"(.*?)\s*\[([a-z][a-z0-9-]{1,60})\]")
_TOLD = re.compile(r"Found (\d+) errors? in \d+ files?.*")
_CARET = re.compile(r"\s*\^~*")
_BROKEN = 4
"""Lines that one message may be broken into."""


def read_mypy(lines: Sequence[str]) -> Reading | None:
    pretty = any(_CARET.fullmatch(line) for line in lines)
    told, found = None, []
    for number, line in enumerate(lines):
        if ": error: " in line and (match := _FINDING.fullmatch(line)):
            rest = _joined(match[2], lines[number + 1 : number + _BROKEN]) if pretty else match[2]
            coded = _CODE.fullmatch(rest)
            message, rule = (coded[1], coded[2]) if coded else (rest, "error")
            found.append(Finding(match[1], rule, message))
        elif line.startswith("Found ") and (match := _TOLD.fullmatch(line)):
            told = int(match[1])
    return Reading(gathered(found), told) if found else None


def _joined(first: str, following: Sequence[str]) -> str:
    """A message with the lines it goes on in: until its code, or the source that is shown."""
    parts = [first]
    for line in following:
        if parts[-1].endswith("]") or line.startswith("    ") or not line:
            break
        parts.append(line)
    return " ".join(parts)
