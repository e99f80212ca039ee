"""ruff: full, concise, grouped and GitHub output of ``check``, and ``format --check``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from remit.policy.failures.reading import Finding, Reading, gathered

_RULE = r"([A-Z]{1,6}\d{1,4}|[a-z]+(?:-[a-z]+){1,6}|unformatted|SyntaxError)"
_FULL = re.compile(_RULE + r":? (?:\[\*\] )?(.+)")
_ARROW = re.compile(r" +--> (\S.{0,300}?):\d+:\d+")
_CONCISE = re.compile(r"([^\s:][^:]{0,300}):\d+:\d+: " + _RULE + r":? (?:\[\*\] )?(.+)")
_FILE = re.compile(r"(\S[^:]{0,300}):")
_GROUPED = re.compile(r" +\d+:\d+ +" + _RULE + r":? (?:\[\*\] )?(.+)")
_GITHUB = re.compile(r"::error title=[Rr]uff [^:]{1,400}::(.+)")
_FORMAT = re.compile(r"Would reformat: (.+)")
_TOLD = re.compile(r"Found (\d+) errors?(?: \(\d+ fixed, (\d+) remaining\))?\.")
_UNFORMATTED = re.compile(r"(\d+) files? would be reformatted.*")


def read_ruff(lines: Sequence[str]) -> Reading | None:
    found = tuple(_findings(lines))
    told = [int(m[2] or m[1]) for line in lines if (m := _TOLD.fullmatch(line))]
    told += [int(m[1]) for line in lines if (m := _UNFORMATTED.fullmatch(line))]
    return Reading(gathered(found), sum(told) if told else None) if found else None


def _findings(lines: Sequence[str]) -> Iterator[Finding]:
    file = ""
    for number, line in enumerate(lines):
        if line.startswith(" "):
            if (match := _ARROW.fullmatch(line)) and number:
                if told := _FULL.fullmatch(lines[number - 1]):
                    yield Finding(match[1], told[1], told[2])
            elif file and (match := _GROUPED.fullmatch(line)):
                yield Finding(file, match[1], match[2])
            continue
        match = _FILE.fullmatch(line)
        file = match[1] if match else ""
        yield from _alone(line)


def _alone(line: str) -> Iterator[Finding]:
    """A finding that is told in one line."""
    if match := _GITHUB.fullmatch(line):
        line = match[1].partition("%0A")[0]
    if match := _CONCISE.fullmatch(line):
        yield Finding(match[1], match[2], match[3])
    elif match := _FORMAT.fullmatch(line):
        yield Finding(match[1], "unformatted", "File would be reformatted")
