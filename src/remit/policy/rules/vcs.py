"""Git state is Remit's to change: it commits the tree when the run ends."""

from __future__ import annotations

from remit.model.decision import Outcome, Reason
from remit.model.groups import Group
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


_BRANCH = words(
    "add commit branch switch checkout stash reset restore merge rebase cherry-pick revert tag "
    "fetch pull push lfs rm mv worktree bisect"
)
DISCARDS = "discard "
"""Before the word of a command that throws away what nothing else keeps."""


def vcs(effect: Effect, case: Case) -> Reason:
    freed = permission(effect, case)
    if freed is not None:
        return freed
    word = effect.target.removeprefix(DISCARDS)
    if Group.BRANCH in case.contract.commands.free and effect.target in _BRANCH:
        return Reason("vcs.branch-work", Outcome.ALLOW, f"git {word}", "the contract lists it")
    if case.state.private_git and word in _LOCAL:
        message = "git works on a directory of the run's own, which nobody else reads"
        return Reason("vcs.private", Outcome.ALLOW, f"git {word}", message)
    if word != effect.target and Group.BRANCH in case.contract.commands.free:
        return _thrown_away(word)
    return Reason(
        "vcs.refused",
        Outcome.DENY,
        f"git {word}",
        f"git {short(word)} changes git state or reaches a remote. "
        "Remit commits the tree at the end; there is no need to.",
        allowed="reading: git status, diff, log, show, blame, grep, ls-files",
        ask=f'add "git {short(word)}" to commands.free in the contract',
    )


def _thrown_away(word: str) -> Reason:
    return Reason(
        "vcs.discards",
        Outcome.DENY,
        f"git {word}",
        f"git {short(word)} as it is written throws away work, or history that others have.",
        allowed="commits, new branches, switching, merging, pulling and plain pushes",
        ask=f'a person can do this, or add "git {short(word)}" to commands.free in the contract',
    )
