"""Reading more sensitive data than the contract speaks of stops the run."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.decision import Outcome, Reason
from remit.model.request import EffectKind
from remit.policy.data_classes import data_class_of
from remit.policy.rules.case import Case, name_of
from remit.policy.rules.wording import short


def guard(case: Case) -> Iterator[Reason]:
    opened = case.contract.stop.allow_zones
    for effect, path in case.paths:
        if effect.kind is not EffectKind.READ or path.relative is None:
            continue
        held = data_class_of(path.relative)
        if held and held not in opened:
            yield Reason(
                "data.drift",
                Outcome.STOP,
                name_of(path),
                f"{short(name_of(path))} holds {held}, which is more sensitive than what this "
                "run reads.",
                allowed="code, tests and made-up data",
                ask=f'add "{held}" to stop.allow_zones in a new contract',
            )
