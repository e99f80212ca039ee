"""Stacks and errors of JavaScript, as node, jest, vitest and mocha print them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from remit.policy.failures.reading import Frame, number

_IN = re.compile(r" +at (?:async )?(\S.{0,200}?) \((\S.{0,300}?):(\d{1,7}):\d{1,7}\)")
_AT = re.compile(r" +at (?:async )?(\S.{0,300}?):(\d{1,7}):\d{1,7}")
_VITEST = re.compile(r" *❯ (?:(\S.{0,200}?) )?(\S{1,300}?):(\d{1,7}):\d{1,7}")
_KIND = re.compile(
    r"(?:Uncaught )?([A-Z]\w{0,80}(?:Error|Exception|Failure)|Error)(?: \[\w+\])?(?:: ?(.*)|)"
)
_SOURCE = re.compile(r"\s*>?\s*\d*\s*\|.*")
_WRAPPED = ("Object.", "Context.", "Suite.", "Proxy.", "new ", "Module.", "TestContext.", "Test.")
SHOWN = 14
"""Lines of a message; what they hold is bounded as well."""


def frames_of(lines: Sequence[str]) -> list[Frame]:
    """Outermost first, as elsewhere."""
    return [frame for line in lines if (frame := _frame(line))][::-1]


def _frame(line: str) -> Frame | None:
    if match := _IN.fullmatch(line):
        return Frame(match[2], number(match[3]), _function(match[1]))
    if match := _AT.fullmatch(line):
        return Frame(match[1], number(match[2]))
    if match := _VITEST.fullmatch(line):
        return Frame(match[2], number(match[3]), _function(match[1] or ""))
    return None


def _function(name: str) -> str:
    """A function's own name; what only the runner calls it is none."""
    if name.startswith(_WRAPPED) or "<" in name:
        return ""
    return name.partition(" [as ")[0]


def error_of(lines: Sequence[str]) -> tuple[str, str]:
    """(type, message) of an entry: what stands before its source and its stack."""
    said: list[str] = []
    for line in lines:
        if _frame(line) or (said and _SOURCE.fullmatch(line)) or len(said) == SHOWN:
            break
        if line.strip():
            said.append(line.strip())
    if not said:
        return "Error", ""
    match = _KIND.fullmatch(said[0])
    kind, first = (match[1], match[2] or "") if match else (_untyped(said[0]), said[0])
    return kind, " ".join([first, *said[1:]])


def _untyped(line: str) -> str:
    return "AssertionError" if line.startswith(("expect(", "assert")) else "Error"
