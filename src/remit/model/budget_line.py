"""How much of a limit a run has used, for people."""

from __future__ import annotations

from dataclasses import dataclass

from remit.model.limits import Limit


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """``used`` is None where nothing counts it. ``held`` is for answers under way. ``cap`` is the
    contract's with what people added, ``extended``; None where it sets no limit."""

    limit: Limit
    used: int | None
    cap: int | None
    counted_by: str
    held: int = 0
    extended: int = 0
    soft_percent: int = 80

    @property
    def percent(self) -> int | None:
        """Of the cap, with what is held."""
        if self.used is None or not self.cap:
            return None
        return (self.used + self.held) * 100 // self.cap

    @property
    def is_reached(self) -> bool:
        return self.percent is not None and self.percent >= 100

    @property
    def is_near(self) -> bool:
        """Past its soft line."""
        return self.percent is not None and self.percent >= self.soft_percent
