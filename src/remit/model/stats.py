"""What the records of many runs say together of friction. ``None`` is "not known", never zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleFriction:
    """How often one rule interrupted calls, and how often a person called its answer wrong."""

    rule: str
    """Empty where calls went through and no rule spoke."""
    held: int
    wrongly_held: int
    wrongly_let_through: int


@dataclass(frozen=True, slots=True)
class Stats:
    """Sums over ``runs``, the first of which began at ``since_us`` (UTC microseconds).

    ``outcomes`` counts runs by how they ended, or stand now; ``stops`` by what stopped them;
    ``rules`` come with those first that a person called wrong most often.
    """

    runs: int
    since_us: int
    outcomes: Mapping[str, int]
    calls: int
    held: int
    asked: int
    granted: int
    refused: int
    unanswered: int
    median_ms: int | None
    """From the request to the answer, over all answers; None where there was none."""
    instant: int
    client_prompts: int | None
    """Over the runs whose client tells; None where none does."""
    client_unknown: int
    """Runs whose client started and does not tell what it would have asked by itself."""
    wrongly_held: int
    wrongly_let_through: int
    rules: tuple[RuleFriction, ...]
    stops: Mapping[str, int]
    broken: tuple[str, ...]
    """Runs that are left out: their record is not what was written."""
