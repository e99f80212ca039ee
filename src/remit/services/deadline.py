"""How long ago a run was opened, whatever became of the clock on the wall meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from remit.errors import UsageError
from remit.model import events as e
from remit.model.ids import RunId
from remit.model.limits import DEADLINE
from remit.model.state import RunState
from remit.policy.budget_lines import cap_of
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


def require_time(run: RunId, state: RunState, since: SinceOpened) -> None:
    """UsageError where the deadline of a parked run is past: its agent would only be ended."""
    cap = cap_of(DEADLINE, state.contract.budget, state.extended) if state.contract else None
    if cap is not None and since() >= cap:
        more = f'remit extend {run} --deadline TIME --reason "…" --evidence "…"'
        message = f"the deadline of run {run} is past ({DEADLINE.told(cap)})"
        raise UsageError(message, f"give it more: {more}; or end it: remit kill {run}")
