"""Git state is Remit's to change: it commits the tree when the run ends."""

from __future__ import annotations

from remit.model.decision import Outcome, Reason
from remit.model.request import Effect
from remit.policy.rules.case import Case
from remit.policy.rules.commands import permission
from remit.policy.rules.wording import short
from remit.policy.wordlist import words

_LOCAL = words(
    "add commit branch switch checkout stash reset restore tag merge rebase cherry-pick revert "
    "rm mv clean apply am notes update-index write-tree commit-tree update-ref symbolic-ref"
)
"""What stays within the directory and the tree; the kernel holds it to the edit scope there."""


def vcs(effect: Effect, case: Case) -> Reason:
    freed = permission(effect, case)
    if freed is not None:
        return freed
    if case.state.private_git and effect.target in _LOCAL:
        message = "git works on a directory of the run's own, which nobody else reads"
        return Reason("vcs.private", Outcome.ALLOW, f"git {effect.target}", message)
    return Reason(
        "vcs.refused",
        Outcome.DENY,
        f"git {effect.target}",
        f"git {short(effect.target)} changes git state or reaches a remote. "
        "Remit commits the tree at the end; there is no need to.",
        allowed="reading: git status, diff, log, show, blame, grep, ls-files",
        ask=f'add "git {short(effect.target)}" to commands.free in the contract',
    )
