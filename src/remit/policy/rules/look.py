"""Looking at what lies outside the repository is free where the contract lists its group."""

from __future__ import annotations

from remit.model.decision import Outcome, Reason
from remit.model.groups import HIDDEN
from remit.model.request import Effect
from remit.policy.rules.case import Case
from remit.policy.rules.commands import permission
from remit.policy.rules.wording import short


def look(effect: Effect, case: Case) -> Reason:
    group, _, what = effect.target.partition(": ")
    if group == HIDDEN:
        return _secret(what)
    if group in case.contract.commands.free:
        return Reason("command.group", Outcome.ALLOW, short(what), f"the contract lists {group}")
    return permission(effect, case) or Reason(
        "command.look",
        Outcome.ASK,
        short(what),
        f"{short(what)} looks at something outside this repository.",
        allowed="reading inside the repository",
        ask=f'add "{group}", or "{short(what)}", to commands.free in the contract',
    )


def _secret(what: str) -> Reason:
    return Reason(
        "secret.printed",
        Outcome.DENY,
        short(what),
        f"{short(what)} prints credentials, which are not read.",
        allowed="listing their names, and the code that uses them",
        ask="a person can put the one value you need, if it is no credential, into the goal",
    )
