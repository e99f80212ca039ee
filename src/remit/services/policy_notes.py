"""What a run's record keeps of the policy that bound it, and who accepted that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from remit.model.allowance import USER, Allowance
from remit.model.policy import Policy, PolicyLayer
from remit.model.policy_events import PolicyList, PolicyNoted
from remit.policy.layers import KEYS, Merged, items
from remit.services.policies import POLICY_PATH
from remit.services.workplace import Workplace


def note_policy(place: Workplace, merged: Merged, accept_base: str) -> PolicyNoted:
    """The entry that says what ``merged`` permits here. In CI ``accept_base`` is the acceptance."""
    permits = tuple(_lists(merged.policy, merged))
    shared = tuple(_scoped(merged.policy, place.repository.key)), merged.policy.ceiling
    if accept_base:
        return PolicyNoted(permits, "", f"base: {accept_base}", 0, *shared)
    accepted = place.store.find(place.repository.key, POLICY_PATH)
    if accepted is None or not accepted.text:
        return PolicyNoted(permits, "", "", 0, *shared)
    return PolicyNoted(permits, accepted.by, accepted.how, accepted.at_us, *shared)


def _scoped(policy: Policy, key: str) -> Iterator[Allowance]:
    """The allowances with the repository they speak of."""
    for allowance in policy.allowances:
        yield allowance if allowance.scope == USER else replace(allowance, scope=key)


def _lists(policy: Policy, merged: Merged) -> Iterator[PolicyList]:
    for key in KEYS:
        permitted = items(policy, key) if key.covers else None
        if permitted:
            origin = merged.origin(key.key)
            yield PolicyList(key.key, permitted, origin.layer if origin else PolicyLayer.BUILT_IN)
