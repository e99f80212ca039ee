"""Who decides in a run: the policy's rules, and the keys it names, as they are when it starts."""

from __future__ import annotations

import os
from pathlib import Path

from remit.codec.signers import MAX_SIGNERS, read_signers
from remit.errors import InvalidDocument, Problem
from remit.model.contract import RiskClass
from remit.model.deciding import RULES, DecidingRules, SigningKeys
from remit.model.grant import Established
from remit.model.grant_events import DecidersNamed
from remit.model.policy import Policy
from remit.system.confine.plan import Means
from remit.system.documents import read_document

_SIGNERS = "decide.signers"


def deciders(
    policy: Policy, root: Path, means: Means, starters: tuple[str, ...] = ()
) -> DecidersNamed:
    """What ``policy`` says for a run in the tree at ``root``. InvalidDocument where a file it names
    is missing, damaged, or lies where others or the agent could write it."""
    for path in policy.revoked:
        _trusted("decide.revoked", Path(path), root)
    return DecidersNamed(
        _rules(policy, starters),
        SigningKeys(_signers(policy, root), policy.revoked, means is Means.NAMESPACES),
    )


def _rules(policy: Policy, starters: tuple[str, ...]) -> DecidingRules:
    return DecidingRules(
        low=_ways(policy.decide_low, RULES.low),
        standard=_ways(policy.decide_standard, RULES.standard),
        high=_ways(policy.decide_high, RULES.high),
        another=tuple(RiskClass(name) for name in policy.decide_another),
        presence=tuple(RiskClass(name) for name in policy.decide_presence),
        starters=tuple(dict.fromkeys(name for name in starters if name)),
    )


def _ways(
    said: tuple[str, ...] | None, default: tuple[Established, ...]
) -> tuple[Established, ...]:
    return default if said is None else tuple(Established(name) for name in said)


def _signers(policy: Policy, root: Path) -> str:
    if not policy.signers:
        return ""
    path = Path(policy.signers)
    _trusted(_SIGNERS, path, root)
    data = read_document(path, MAX_SIGNERS)
    if data is None or len(data) > MAX_SIGNERS:
        raise _invalid(_SIGNERS, f"{path} is larger than {MAX_SIGNERS // 1024} KiB", "shorten it")
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        message = f"{path} holds more than plain ASCII"
        raise _invalid(_SIGNERS, message, "remove what is not") from None
    if not read_signers(text, str(path)):
        fix = "add a line: ada@example.org ssh-ed25519 AAAA…"
        raise _invalid(_SIGNERS, f"{path} names nobody", fix)
    return text


def _trusted(key: str, path: Path, root: Path) -> None:
    """Raise where somebody else, or the agent, could have written what lies at ``path``."""
    real = Path(os.path.realpath(path))
    if real.is_relative_to(os.path.realpath(root)):
        message = f"{path} lies in the repository, where an agent may write"
        raise _invalid(key, message, "keep it beside the policy of the user or the organisation")
    try:
        states = [real.stat(), real.parent.stat()]
    except OSError:
        message = f"the policy names {path}, which is not there"
        raise _invalid(key, message, "write it, or take the line out of [decide]") from None
    for state, place in zip(states, (real, real.parent), strict=True):
        if state.st_uid not in (0, os.geteuid()) or state.st_mode & 0o022:
            message = f"others may write {place}, so it says nothing of who may sign"
            raise _invalid(key, message, f"chmod go-w {place}, and see that it is yours or root's")


def _invalid(key: str, message: str, fix: str) -> InvalidDocument:
    problem = Problem(key, message, fix)
    return InvalidDocument("the policy", (problem,), "see: remit policy show --origin")
