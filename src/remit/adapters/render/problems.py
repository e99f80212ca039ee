"""The defects of a contract: for people line by line, for programs as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from remit.adapters.render.escape import terminal
from remit.errors import Problem
from remit.model.json import JsonObject
from remit.services.readiness import Readiness


def readiness_json(readiness: Readiness) -> JsonObject:
    """``{"ready", "risk", "problems": [{"key", "line", "message", "fix"}], "warnings"}``."""
    return {
        "ready": readiness.ready,
        "risk": str(readiness.risk),
        "problems": [problem_json(problem) for problem in readiness.problems],
        "warnings": [problem_json(problem) for problem in readiness.warnings],
    }


def problem_json(problem: Problem) -> JsonObject:
    return {
        "key": problem.key,
        "line": problem.line,
        "message": problem.message,
        "fix": problem.fix,
    }


def readiness_lines(readiness: Readiness, source: str) -> Iterator[str]:
    """Every problem and warning with place and fix, then whether a run may start."""
    for problem in readiness.problems:
        yield from _problem_lines(problem, "error", source)
    for warning in readiness.warnings:
        yield from _problem_lines(warning, "warning", source)
    risk = f"{readiness.risk} class"
    if readiness.ready:
        yield f"ready ({risk})"
        yield f"next: remit run {terminal(source)} -- claude -p …"
    else:
        count = len(readiness.problems)
        yield f"not ready ({risk}): {count} problem{'' if count == 1 else 's'}"


def _problem_lines(problem: Problem, kind: str, source: str) -> Iterator[str]:
    place = f"{terminal(source)}:{problem.line}" if problem.line else terminal(source)
    yield f"{place}: {kind}: {terminal(problem.key)}: {terminal(problem.message)}"
    if problem.fix:
        yield f"    fix: {terminal(problem.fix)}"
