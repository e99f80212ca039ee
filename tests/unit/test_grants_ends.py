"""When grants end: by use, with another goal; what an older record of one still says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_grants_cover import ADA, CONTRACT, NOW, OPEN, _bash, _granted, _outcome

from remit.codec.events import decode, encode
from remit.model.contract import RiskClass
from remit.model.decision import Outcome
from remit.model.digest import digest_of
from remit.model.events import ContractFrozen
from remit.model.grant import END_OF_TASK, MOST_USES, Expiry, ExpiryKind, Grant, Item, ItemKind
from remit.model.grant_events import GrantMade, GrantUsed
from remit.model.run import apply
from remit.model.state import RunState
from remit.policy.answers import smallest_grant
from remit.policy.engine import used

COMMAND = "frobnicate --now"


def _for(uses: int) -> RunState:
    return _granted(_bash(COMMAND), Expiry(ExpiryKind.END_OF_TASK, 0, uses))


def _use(state: RunState) -> RunState:
    """The state after the call went through by what lets it through."""
    request = _bash(COMMAND)
    assert _outcome(request, state) is Outcome.ALLOW
    for grant in used(request, state, NOW):
        state = apply(state, GrantUsed(grant.id, "c"))
    return state


def test_a_grant_for_one_use_lets_one_call_through() -> None:
    state = _use(_for(1))
    assert _outcome(_bash(COMMAND), state) is Outcome.ASK
    assert state.permits.grants == ()


def test_a_grant_for_two_uses_lets_two_through_and_one_without_a_number_any() -> None:
    state = _use(_use(_for(2)))
    assert _outcome(_bash(COMMAND), state) is Outcome.ASK
    state = _for(0)
    for _ in range(5):
        state = _use(state)
    assert _outcome(_bash(COMMAND), state) is Outcome.ALLOW


def test_a_call_that_needs_no_grant_uses_none() -> None:
    assert used(_bash("ls"), _for(1), NOW) == ()
    assert [grant.id for grant in used(_bash(COMMAND), _for(1), NOW)] == ["r-g1"]


@pytest.mark.parametrize("uses", [-1, MOST_USES + 1])
def test_a_number_of_uses_that_is_no_limit_is_refused(uses: int) -> None:
    with pytest.raises(ValueError, match="uses"):
        Expiry(ExpiryKind.END_OF_TASK, 0, uses)


def test_another_goal_suspends_what_was_granted() -> None:
    state = _for(0)
    other = replace(CONTRACT, goal="something else")
    for contract, outcome in ((CONTRACT, Outcome.ALLOW), (other, Outcome.ASK)):
        frozen = ContractFrozen(contract, digest_of(b"c"), RiskClass.LOW, "Ada")
        assert _outcome(_bash(COMMAND), apply(state, frozen)) is outcome


def test_a_grant_of_an_older_record_is_for_any_number_of_uses() -> None:
    item = Item(ItemKind.COMMAND, "x", digest_of(b"x"))
    event = GrantMade(Grant("g", "r", "run", item, "why", ADA, END_OF_TASK, "", 1))
    today = encode(event).body
    older = today.replace(b',"uses":0', b"").replace(b',"renews":"","shown":""', b"")
    assert len(older) < len(today) - 30
    assert decode("grant.made", 1, older) == event


def test_the_smallest_grant_is_for_one_call_where_calls_are_counted() -> None:
    assert "--uses 1" in smallest_grant("k7m2-1", ItemKind.COMMAND, "")
    assert "--until end" in smallest_grant("k7m2-1", ItemKind.HOST, "")
    assert "--shown-by" in smallest_grant("k7m2-2", ItemKind.COMMAND, "k7m2-g1")
    assert OPEN.permits.granted == {}
