"""How long ago a run was opened, whatever became of the clock on the wall meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from remit.model import events as e
from remit.model.ids import RunId
from remit.storage.ledger import Ledger
from remit.system.clock import boottime_ns


@dataclass(slots=True)
class SinceOpened:
    """Seconds since ``opened_us``, parked time and a suspended machine included. ``least_us`` is
    the instant that is past in any case: the last entry of the run. A clock that is set back
    takes nothing away, as far as a clock that is not set or an entry can tell."""

    opened_us: int
    least_us: int
    now_us: Callable[[], int]
    ticks_ns: Callable[[], int] = boottime_ns
    _began_us: int = field(init=False)
    _began_ns: int = field(init=False)

    def __post_init__(self) -> None:
        self._began_us = max(self.now_us(), self.least_us)
        self._began_ns = self.ticks_ns()

    def __call__(self) -> float:
        ticked_us = self._began_us + (self.ticks_ns() - self._began_ns) // 1000
        return max(self.now_us(), ticked_us, self.opened_us) / 1e6 - self.opened_us / 1e6


def since_opened(ledger: Ledger, run: RunId, now_us: Callable[[], int]) -> SinceOpened:
    """The seconds since ``run`` was opened, by its record."""
    recorded = tuple(ledger.recorded(run))
    opened = next((one for one in recorded if isinstance(one.event, e.RunOpened)), recorded[0])
    return SinceOpened(opened.time_us, max(one.time_us for one in recorded), now_us)
