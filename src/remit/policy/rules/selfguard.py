"""The guard protects itself, git and the next session: no contract opens these."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.model.decision import Outcome, Reason
from remit.model.request import Effect, EffectKind, ResolvedPath
from remit.policy.rules.case import CHANGES, Case, name_of
from remit.policy.rules.wording import short

_INSIDE = re.compile(
    r"(?:^|/)(?:\.git|\.remit|\.claude|\.codex|\.gemini|\.cursor)(?:/|$)"
    r"|(?:^|/)\.git[?*\[]|(?:^|/)\.mcp\.json$|(?:^|/)\.envrc$|^\.github/hooks(?:/|$)"
)
_OUTSIDE = re.compile(
    r"/\.(?:bashrc|bash_profile|bash_login|bash_logout|bash_aliases|profile|zshrc|zshenv|zprofile"
    r"|zlogin|inputrc|gitconfig|netrc|npmrc|claude\.json)$"
    r"|/\.(?:ssh|aws|gnupg|kube|docker|claude|codex|gemini|config|local/state/remit)(?:/|$)"
    r"|^/etc/(?:profile|bash|claude-code|cron|systemd|sudoers)"
)
_STATE = re.compile(r"/(?:\.local/state/remit|remit-state)(?:/|$)")


def guard(case: Case) -> Iterator[Reason]:
    for effect, path in case.paths:
        if effect.kind in CHANGES and is_protected(path):
            yield _refusal(path)
        elif effect.kind is EffectKind.READ and _own_state(effect, path):
            yield _state(path)


def is_protected(path: ResolvedPath) -> bool:
    """Whether ``path`` steers git, the agent or a later session."""
    if path.relative is not None:
        return _INSIDE.search(path.relative) is not None
    return _OUTSIDE.search(path.absolute) is not None or "/.git/" in f"{path.absolute}/"


def _own_state(effect: Effect, path: ResolvedPath) -> bool:
    return path.relative is None and _STATE.search(path.absolute) is not None


def _refusal(path: ResolvedPath) -> Reason:
    return Reason(
        "selfguard.write",
        Outcome.DENY,
        name_of(path),
        f"{short(name_of(path))} steers git, the agent or a later session and is never edited "
        "by a run.",
        allowed="edits in the edit scope; Remit commits the result itself",
        ask="a person can change this file outside the run",
    )


def _state(path: ResolvedPath) -> Reason:
    return Reason(
        "selfguard.state",
        Outcome.DENY,
        name_of(path),
        "The records of Remit are not read by the run they are about.",
        allowed="reads inside the repository",
    )
