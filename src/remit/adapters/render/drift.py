"""Permission growth, for a terminal and for scripts."""

from __future__ import annotations

from collections.abc import Iterator

import click

from remit.adapters.render.escape import terminal
from remit.adapters.render.wording import counted, when
from remit.model.drift import Drift, Widening
from remit.model.json import Json

WORKING_TREE = "the working tree"


def drift_lines(drift: Drift) -> Iterator[str]:
    """Widenings nobody decided first, then those with their decision."""
    name = terminal(drift.repository)
    if not drift.runs:
        yield f"No run of {name} yet: nothing to compare."
    else:
        yield f"{counted(drift.runs, 'run')} of {name}, measured from {drift.first}"
    for one in drift.uncovered:
        yield click.style(_line(one), fg="red")
        yield f"  no recorded decision{_note(one)}"
    for one in drift.widenings:
        if one.is_covered:
            yield _line(one)
            yield f"  decided: {terminal(one.decision)}{_note(one)}"
    for line in drift.unknown:
        yield f"not known: {terminal(line)}"
    if drift.uncovered:
        number = counted(len(drift.uncovered), "widening")
        yield f"{number} without a recorded decision; to decide on them: remit drift --accept"
    elif drift.runs:
        yield "Nothing grew without a recorded decision."


def widening_line(one: Widening) -> str:
    """One widening, safe for a terminal."""
    return _line(one)


def _line(one: Widening) -> str:
    where = terminal(one.run) or WORKING_TREE
    what = f"{terminal(one.permission.line)} {terminal(one.permission.item)}"
    return f"{when(one.time_us)}  {where}  {what}"


def _note(one: Widening) -> str:
    return f"; {one.note}" if one.note else ""


def drift_json(drift: Drift) -> dict[str, Json]:
    """``{"repository", "runs", "first", "uncovered", "widenings", "unknown"}``; a widening is
    ``{"line", "item", "run", "time_us", "decision", "note"}``, its ``decision`` null where none is
    recorded and its ``run`` null for the working tree; ``uncovered`` counts those."""
    return {
        "repository": drift.repository,
        "runs": drift.runs,
        "first": drift.first or None,
        "uncovered": len(drift.uncovered),
        "widenings": [_json(one) for one in drift.widenings],
        "unknown": list(drift.unknown),
    }


def _json(one: Widening) -> dict[str, Json]:
    return {
        "line": one.permission.line,
        "item": one.permission.item,
        "run": one.run or None,
        "time_us": one.time_us,
        "decision": one.decision or None,
        "note": one.note,
    }
