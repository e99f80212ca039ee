"""A sensitive zone that the contract did not open stops the run."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.decision import Outcome, Reason
from remit.policy.rules.case import CHANGES, Case, name_of
from remit.policy.rules.wording import short
from remit.policy.zones import zone_of


def guard(case: Case) -> Iterator[Reason]:
    stop = case.contract.stop
    for effect, path in case.paths:
        if effect.kind not in CHANGES or path.relative is None:
            continue
        zone = zone_of(path.relative, stop)
        if zone and zone not in stop.allow_zones:
            yield Reason(
                "zone.touched",
                Outcome.STOP,
                name_of(path),
                f"{short(name_of(path))} lies in the sensitive zone {zone!r}, "
                "which the contract did not open.",
                allowed="nothing: touching a closed zone ends the run",
                ask=f'add "{zone}" to stop.allow_zones in a new contract',
            )
