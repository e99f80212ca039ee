"""Sessions written down as lines, see ``tests/cases/loops/README.md``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from remit.codec.transcripts.arguments import asked_of
from remit.codec.transcripts.sink import Said
from remit.model.loops import Loop
from remit.model.transcript import PastCall
from remit.model.usage import Usage
from remit.services.scan.collect import Collector

_REPEATED = re.compile(r"(\d+)x (.*)", re.DOTALL)
_ERRORS = {"!failed": "", "!denied": "denied by rule: ", "!outage": "503 service unavailable: "}


def calls_of(session: str, describe: bool = False) -> tuple[PastCall, ...]:
    """The calls of a session as the scan sees them."""
    collector = Collector("one.jsonl")
    for number, line in enumerate(lines_of(session.strip().splitlines())):
        collector.said(Said(f"msg_{number}", "", "2026-05-05T12:00", "m", "", Usage(1), "", ""))
        _call(collector, number, line, describe)
    return collector.transcript("claude-code", "one", 0, False).calls


def lines_of(lines: list[str]) -> Iterator[str]:
    while lines:
        line = lines.pop(0)
        repeated = _REPEATED.fullmatch(line)
        if not repeated:
            yield line
            continue
        block = [repeated[2]]
        if repeated[2] == "(":
            end = lines.index(")")
            block, lines = lines[:end], lines[end + 1 :]
        for number in range(int(repeated[1])):
            yield from (inner.replace("{n}", str(number)) for inner in block)


def _call(collector: Collector, number: int, line: str, describe: bool) -> None:
    asked, _, answer = line.partition(" -> ")
    tool, _, rest = asked.partition(" ")
    given = given_of(tool, rest)
    if describe:
        given["description"] = f"Words number {number}"
    collector.asked(asked_of(f"call_{number}", tool, json.dumps(given).encode()), number)
    text, failed = errors_of(answer)
    collector.answered(f"call_{number}", failed, json.dumps(text).encode())


def errors_of(answer: str) -> tuple[str, bool]:
    """The text of a result, and whether it is a failure."""
    mark = next((mark for mark in _ERRORS if answer.endswith(mark)), "")
    text = answer.removesuffix(mark).strip().replace(r"\n", "\n")
    return _ERRORS.get(mark, "") + text, bool(mark)


def given_of(tool: str, rest: str) -> dict[str, str]:
    if tool not in ("Edit", "Write"):
        return {"command" if tool == "Bash" else "file_path": rest}
    path, _, change = rest.partition(": ")
    old, arrow, new = change.partition(" => ")
    if not arrow:
        return {"file_path": path, "content": change}
    return {"file_path": path, "old_string": old, "new_string": new}


def shown(loop: Loop) -> str:
    stopped = loop.stopped if loop.stopped >= 0 else "never"
    return f"{loop.kind.value} warned {loop.warned} stopped {stopped} times {loop.times}"
