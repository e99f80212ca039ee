"""A command that could not be run is told apart from one that failed."""

from __future__ import annotations

import re

NOT_EXECUTABLE = 126
NOT_FOUND = 127
_PATTERNS = (
    re.compile(r"^remit: cannot lend: (.+)$"),
    re.compile(r"^(?:.*/)?(?:ba|da|z|k)?sh: (?:line )?(?:\d+: )*(\S+): (?:command )?not found$"),
    re.compile(
        r"^(?:.*/)?(?:ba|da|z|k)?sh: (?:line )?(?:\d+: )*(?:cannot open |can't open )(\S+):"
    ),
    re.compile(r"^env: [‘'\"]?([^’'\"\s]+)[’'\"]?: No such file or directory$"),
    re.compile(r"^\S*python[\d.]*: No module named ([\w.]+)"),
    re.compile(r"^\S*python[\d.]*: can't open file ['\"]?([^'\"]+)['\"]?: \[Errno 2\]"),
    re.compile(r"^npm (?:ERR!|error) [Mm]issing script: [\"']?([^\"'\s]+)"),
    re.compile(r"^make(?:\[\d+\])?: (\S+): No such file or directory$"),
    re.compile(r"^make(?:\[\d+\])?: \*\*\* No rule to make target [`'](\S+)'\.  Stop\.$"),
    re.compile(r"^error: no such command: `(\S+)`"),
    re.compile(r"^error: Failed to spawn: `(\S+)`"),
    re.compile(r"^(?:ba|da|z)?sh: (?:line )?(?:\d+: )*(\S+): (?:bad interpreter|No such file)"),
)
_TAIL_LINES = 40


def missing_thing(exit_code: int | None, output: str) -> str:
    """What was missing so that the command could not be run; "" where it did run.

    ``output`` is the output's end. Only lines of shells, interpreters and build tools about
    themselves count, and only after a bad end: a test that fails on an import did run.
    """
    if not exit_code:
        return ""
    for line in reversed(output.splitlines()[-_TAIL_LINES:]):
        for pattern in _PATTERNS:
            if match := pattern.match(line.strip()):
                return match[1]
    if exit_code == NOT_FOUND:
        return "a command (exit 127)"
    return "permission to execute it (exit 126)" if exit_code == NOT_EXECUTABLE else ""
