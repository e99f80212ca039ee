"""Whether the ledger still is what was written."""

from __future__ import annotations

from dataclasses import dataclass

from remit.errors import IntegrityError
from remit.model.chain import Break
from remit.model.ids import RunId
from remit.storage.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Audit:
    """How many runs and entries were looked at, and the first break of each run. A break of run
    ``""`` is damage of the file itself."""

    runs: int
    entries: int
    breaks: tuple[Break, ...] = ()

    @property
    def intact(self) -> bool:
        return not self.breaks


NOTHING = Audit(0, 0)
"""There is no ledger yet."""


def verify(ledger: Ledger, run: RunId | None = None) -> Audit:
    """Verify one run, or everything.

    An intact chain says that nothing was changed by accident or by somebody who does not own
    the file. Against its owner only a head kept elsewhere speaks: every packet names one.
    """
    breaks = ledger.verify(run)
    if run is not None:
        return Audit(1, ledger.head(run)[0], breaks)
    try:
        known = ledger.runs()
    except IntegrityError:  # already among the breaks
        return Audit(0, 0, breaks)
    return Audit(len(known), sum(summary.entries for summary in known), breaks)


def unreadable(error: IntegrityError) -> Audit:
    """The audit of a ledger that could not even be opened."""
    return Audit(0, 0, (Break("", 0, f"{error.message} at {error.place}"),))
