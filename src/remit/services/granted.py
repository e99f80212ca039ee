"""The grants of runs as the ledger tells them: who gave them, until when, and what came of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from remit.model.grant import EXPIRED, RUN_ENDED, Grant
from remit.model.json import Json
from remit.model.record import RunRecord, gather
from remit.services.requests import grant_json
from remit.storage.ledger import Ledger, RunSummary

OPEN = "open"


@dataclass(frozen=True, slots=True)
class Granted:
    """One grant. ``status`` is ``open``, ``expired``, ``used up``, ``revoked`` or ``the run
    ended``; ``calls`` went through by it; ``ended`` and ``ended_by`` say why it is over."""

    grant: Grant
    status: str
    calls: tuple[str, ...]
    ended: str
    ended_by: str

    @property
    def left(self) -> int | None:
        """How many calls it lets through yet; None where any number."""
        uses = self.grant.expiry.uses
        return max(0, uses - len(self.calls)) if uses else None


def granted(ledger: Ledger, runs: Sequence[RunSummary], now_us: int) -> Iterator[Granted]:
    """The grants of ``runs``, in their order."""
    for summary in runs:
        yield from of_record(gather(summary.run, ledger.recorded(summary.run)), now_us)


def of_record(record: RunRecord, now_us: int) -> Iterator[Granted]:
    """The grants of one run."""
    for grant in record.grants:
        end = record.revoked.get(grant.id)
        calls = tuple(record.uses.get(grant.id, ()))
        if end is not None:
            yield Granted(grant, end.status, calls, end.reason, end.by)
        else:
            yield Granted(grant, _unended(record, grant, now_us), calls, "", "")


def _unended(record: RunRecord, grant: Grant, now_us: int) -> str:
    """What stands of a grant whose end is no entry: a supervisor may have died before it."""
    if record.closed is not None:
        return RUN_ENDED
    return EXPIRED if grant.expiry.is_past(now_us) else OPEN


def granted_json(one: Granted) -> dict[str, Json]:
    """As :func:`grant_json`, and ``{"status", "used", "left", "calls", "ended", "ended_by"}``;
    ``left`` is null where any number of calls may use it."""
    return {
        **grant_json(one.grant),
        "status": one.status,
        "used": len(one.calls),
        "left": one.left,
        "calls": list(one.calls),
        "ended": one.ended,
        "ended_by": one.ended_by,
    }
