"""The failures that the output of a check shows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from remit.model.failure import Failure
from remit.policy.loops.mask import masked
from remit.policy.results.runners import Runner

_PYTEST = re.compile(
    r"^(?:FAILED|ERROR) (\S+::\S+|\S+\.py)(?: - (?:([A-Za-z_][\w.]*): ?)?(.*))?$", re.MULTILINE
)
_AT = re.compile(r"^(\S+\.py):(\d+): ([A-Za-z_][\w.]*)?$", re.MULTILINE)
_UNITTEST = re.compile(r"^(?:FAIL|ERROR): (\S+) \((\S+)\)", re.MULTILINE)
_RAISED = re.compile(
    r"^([A-Za-z_][\w.]*(?:Error|Exception|Failure|Exit|Interrupt))(?:: (.*))?$", re.M
)
_FRAME = re.compile(r'^  File "([^"]+)", line (\d+), in (\S+)$', re.MULTILINE)
_MOST = 400


@dataclass(frozen=True, slots=True)
class Failures:
    """``certain`` says that every failure is named; otherwise ``note`` says what is missing."""

    found: tuple[Failure, ...]
    certain: bool
    note: str = ""


def failures_in(
    runner: Runner, output: str, exit_code: int | None, report: object = None
) -> Failures:
    """The failures in ``output`` of a command that ended with ``exit_code``."""
    found = _pytest(output) or _unittest(output)
    if not found and exit_code:
        raised = _RAISED.findall(output)
        error, message = raised[-1] if raised else (f"exit {exit_code}", "")
        found = (Failure("the check", error, message=_masked(message)),)
    return Failures(found, bool(found) or exit_code == 0)


def _pytest(output: str) -> tuple[Failure, ...]:
    lines = {file: int(line) for file, line, _ in _AT.findall(output)}
    return tuple(
        Failure(
            name, error or "failed", "", lines.get(name.partition("::")[0], 0), _masked(message)
        )
        for name, error, message in _PYTEST.findall(output)
    )


def _unittest(output: str) -> tuple[Failure, ...]:
    starts = list(_UNITTEST.finditer(output))
    ends = [*(one.start() for one in starts[1:]), len(output)]
    found = []
    for start, end in zip(starts, ends, strict=False):
        block = output[start.start() : end]
        raised, frames = _RAISED.search(block), _FRAME.findall(block)
        error, message = (raised[1], raised[2] or "") if raised else ("failed", "")
        place, line = (
            (f"{frames[-1][0].rpartition('/')[2]}::{frames[-1][2]}", int(frames[0][1]))
            if frames
            else ("", 0)
        )
        found.append(Failure(start[2], error, place, line, _masked(message)))
    return tuple(found)


def _masked(text: str) -> str:
    return masked(text.encode()[:_MOST]).decode("utf-8", "replace")
