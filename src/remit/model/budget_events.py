"""What is recorded of limits that come near their end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from remit.model.event import Event


@dataclass(frozen=True, slots=True)
class BudgetWarned(Event):
    """A limit is past its soft line: once for each line, and a limit that a person extended has
    another one. ``used`` and ``cap`` are seconds, micro-dollars or counts, as the limit has it."""

    kind: ClassVar[str] = "budget.warned"
    limit: str
    """Its name, as in a contract."""
    used: int
    cap: int
    """The contract's with what people added."""


@dataclass(frozen=True, slots=True)
class FilesInspected(Event):
    """A call showed the agent files that none showed before. What is counted is what the call
    named, or what the result of a search named: an observation."""

    kind: ClassVar[str] = "files.inspected"
    call: str
    files: tuple[str, ...]
    """Relative to the root where they lie below it."""


@dataclass(frozen=True, slots=True)
class PatchMeasured(Event):
    """How large the run's change is against the state it started from, artifacts left out."""

    kind: ClassVar[str] = "patch.measured"
    lines: int
    """Added and removed."""
    files: int
    uncounted: int
    """How many of ``files`` are no text, or kept by their digest alone: they count no lines."""


BUDGET_EVENTS: tuple[type[Event], ...] = (BudgetWarned, FilesInspected, PatchMeasured)
