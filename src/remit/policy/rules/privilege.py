"""Becoming somebody else or changing the machine is no part of any run."""

from __future__ import annotations

from remit.model.decision import Outcome, Reason
from remit.model.request import Effect
from remit.policy.rules.case import Case
from remit.policy.rules.wording import short


def privilege(effect: Effect, case: Case) -> Reason:
    return Reason(
        "privilege.refused",
        Outcome.DENY,
        effect.target,
        f"{short(effect.target)} reaches beyond this run: other users, other processes or the "
        "machine itself.",
        allowed="commands that work on the repository alone",
        ask="a person can do this outside the run",
    )
