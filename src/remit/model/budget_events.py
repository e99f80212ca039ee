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


BUDGET_EVENTS: tuple[type[Event], ...] = (BudgetWarned,)
