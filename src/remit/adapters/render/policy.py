"""Policies as people and programs see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from remit.adapters.render.escape import terminal, terminal_block
from remit.model.json import JsonObject
from remit.model.policy import Origin
from remit.policy.layers import Merged, PolicyLine
from remit.services.acceptance import PendingAcceptance


def policy_lines(merged: Merged) -> Iterator[str]:
    """Each line of the policy in force."""
    for line in merged.lines:
        yield f"{line.key:<20} {terminal(line.value)}"
    if not merged.lines:
        yield "no policy: contracts are bounded by Remit's defaults alone"


def origin_lines(merged: Merged) -> Iterator[str]:
    """Each line with the layers and places it comes from, then what was left out."""
    width = max((len(terminal(line.value)) for line in merged.lines), default=0)
    for line in merged.lines:
        places = ", ".join(_place(origin) for origin in line.origins) or "built-in"
        yield f"{line.key:<20} {terminal(line.value):<{min(width, 44)}}  {places}"
    if not merged.lines:
        yield "no policy: contracts are bounded by Remit's defaults alone"
    for widening in merged.widenings:
        problem = widening.problem
        place = f"{widening.source}:{problem.line}" if problem.line else widening.source
        yield f"left out: {terminal(problem.key)} ({terminal(place)}): {terminal(problem.message)}"


def policy_json(merged: Merged, found: Sequence[PendingAcceptance]) -> JsonObject:
    """``{"lines": [{"key", "value", "origins"}], "left_out", "pending"}``."""
    return {
        "lines": [_line_json(line) for line in merged.lines],
        "left_out": [
            {
                "source": widening.source,
                "key": widening.problem.key,
                "line": widening.problem.line,
                "message": widening.problem.message,
            }
            for widening in merged.widenings
        ],
        "pending": [item.file.path for item in found],
    }


def _line_json(line: PolicyLine) -> JsonObject:
    origins = [{"layer": str(o.layer), "file": o.source, "line": o.line} for o in line.origins]
    return {"key": line.key, "value": line.value, "origins": origins}


def _place(origin: Origin) -> str:
    source = terminal(origin.source)
    return f"{origin.layer}  {source}:{origin.line}" if origin.line else f"{origin.layer}  {source}"


def pending_text(item: PendingAcceptance) -> str:
    """A text that waits for a person: what it is and how it differs from what was accepted."""
    path = terminal(item.file.path)
    head = f"{path} is new here:" if item.is_new else f"{path} changed since it was accepted:"
    if item.is_removed:
        head = f"{path} was accepted here and is gone:"
    return f"{head}\n{terminal_block(item.diff)}\n"
