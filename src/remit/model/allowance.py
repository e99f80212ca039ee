"""What all runs together may spend in a calendar day or month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum


class Period(StrEnum):
    DAY = "day"
    MONTH = "month"

    def of(self, now_us: int, zone: tzinfo) -> str:
        """The period that holds ``now_us``, as ``2026-11-23`` or ``2026-11``."""
        day = datetime.fromtimestamp(now_us / 1e6, zone).date().isoformat()
        return day if self is Period.DAY else day[:7]


USER, REPOSITORY = "user", "repository"
"""The scope of all repositories together, and of one that is not named yet."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """``scope`` is :data:`USER` or the key of a repository; ``timezone`` is a name of the IANA
    database, in which the period begins and ends."""

    scope: str
    period: Period
    micro_usd: int
    timezone: str

    @property
    def words(self) -> str:
        """For people: ``a day in this repository``."""
        whose = "by this user" if self.scope == USER else "in this repository"
        return f"a {self.period} {whose}"
