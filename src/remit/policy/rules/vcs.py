"""Git state is Remit's to change: it commits the tree when the run ends."""

from __future__ import annotations

from remit.model.decision import Outcome, Reason
from remit.model.request import Effect
from remit.policy.rules.case import Case
from remit.policy.rules.commands import permission
from remit.policy.rules.wording import short

_SHARED = frozenset({"push", "fetch", "pull", "clone", "remote", "submodule", "send-email"})


def vcs(effect: Effect, case: Case) -> Reason:
    freed = permission(effect, case)
    if freed is not None:
        return freed
    return Reason(
        "vcs.refused",
        Outcome.DENY,
        f"git {effect.target}",
        f"git {short(effect.target)} changes git state or reaches a remote. "
        "Remit commits the tree at the end; there is no need to.",
        allowed="reading: git status, diff, log, show, blame, grep, ls-files",
        ask=f'add "git {short(effect.target)}" to commands.free in the contract',
    )
