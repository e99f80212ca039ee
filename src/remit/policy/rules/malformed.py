"""A call whose input is not what its tool takes."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.decision import Outcome, Reason
from remit.policy.effects import fault_of
from remit.policy.rules.case import Case
from remit.policy.rules.wording import short


def guard(case: Case) -> Iterator[Reason]:
    call = case.request.call
    fault = fault_of(call)
    if fault:
        yield Reason(
            "call.malformed",
            Outcome.DENY,
            short(call.tool),
            f"This {short(call.tool)} call cannot be read: {fault}.",
            allowed="the same call with every field the tool asks for",
        )
