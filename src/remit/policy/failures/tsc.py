"""The TypeScript compiler, plain and pretty."""

from __future__ import annotations

import re
from collections.abc import Sequence

from remit.policy.failures.reading import Finding, Reading, gathered

_PLAIN = re.compile(r"([^\s(][^(]{0,300})\(\d+,\d+\): error (TS\d+): (.+)")
_PRETTY = re.compile(r"([^\s:][^:]{0,300}):\d+:\d+ - error (TS\d+): (.+)")
_GLOBAL = re.compile(r"()error (TS\d+): (.+)")
_TOLD = re.compile(r"Found (\d+) errors?(?: in .{1,300})?\.?")
_PATTERNS = (_PLAIN, _PRETTY, _GLOBAL)


def read_tsc(lines: Sequence[str]) -> Reading | None:
    told, found = None, []
    for line in lines:
        if "error TS" in line:
            match = next((m for pattern in _PATTERNS if (m := pattern.fullmatch(line))), None)
            if match:
                found.append(Finding(match[1] or "tsconfig", match[2], match[3]))
        elif line.startswith("Found ") and (match := _TOLD.match(line)):
            told = int(match[1])
    return Reading(gathered(found), told) if found else None
