"""How what runs were permitted grew, and which recorded decision covers each widening."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing permitted: ``line`` as the contract or the client calls it (``scope.edit``,
    ``claude.allow``), ``item`` as it stands there."""

    line: str
    item: str

    @property
    def key(self) -> str:
        return f"{self.line} {self.item}"


@dataclass(frozen=True, slots=True)
class Widening:
    """Something permitted that was not permitted before. ``run`` is the first run it shows in, ""
    for the working tree as it stands; ``decision`` says who decided it and how, "" for nobody that
    is recorded; ``note`` what else is known."""

    permission: Permission
    run: str
    time_us: int
    decision: str
    note: str = ""

    @property
    def is_covered(self) -> bool:
        return bool(self.decision)


@dataclass(frozen=True, slots=True)
class Drift:
    """The widenings of one repository, oldest first. ``first`` is the run they are measured from,
    "" where there was none; ``unknown`` says what could not be told."""

    repository: str
    runs: int
    first: str
    widenings: tuple[Widening, ...]
    unknown: tuple[str, ...] = ()

    @property
    def uncovered(self) -> tuple[Widening, ...]:
        return tuple(one for one in self.widenings if not one.is_covered)
