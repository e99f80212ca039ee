"""Places where credentials are kept are not read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.model.decision import Outcome, Reason
from remit.model.request import Effect, EffectKind, ResolvedPath
from remit.policy.rules.case import Case, name_of
from remit.policy.rules.wording import short
from remit.policy.zones import is_secret, may_be_secret

_WILD = re.compile(r"[*?\[]")


def guard(case: Case) -> Iterator[Reason]:
    for effect, path in case.paths:
        if effect.kind is EffectKind.READ and _secret(effect, path):
            yield _refusal(path)


def _secret(effect: Effect, path: ResolvedPath) -> bool:
    """By where the path leads and by what it is called: a link may be named either way."""
    if is_secret(path.absolute) or is_secret(effect.target):
        return True
    name = effect.target.rsplit("/", 1)[-1]
    return _WILD.search(name) is not None and may_be_secret(name)


def _refusal(path: ResolvedPath) -> Reason:
    if path.absolute.endswith("/environ"):
        what = "The environment of this process holds credentials and is not read."
    else:
        what = f"{short(name_of(path))} is a place where credentials are kept and is not read."
    return Reason(
        "secret.read",
        Outcome.DENY,
        name_of(path),
        what,
        allowed="its public twin, such as .env.example, and the code that uses it",
        ask="a person can put the one value you need, if it is no credential, into the goal",
    )
