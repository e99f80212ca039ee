"""Getting more out of a yes than was said: again, at once, without a reason; each with its twin."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from open_endpoint import Opened
from remit.errors import RemitError
from remit.model.grant import END_OF_TASK, Expiry, ExpiryKind
from remit.services.approvals import Wish
from test_grant_held_calls import ADA, ALLOW, DENY, YES, _ask, _open, _within

ONCE = Wish("needed", Expiry(ExpiryKind.END_OF_TASK, 0, 1))


def test_one_use_shared_by_two_calls_at_once_lets_one_through(tmp_path: Path) -> None:
    async def act(door: Opened) -> None:
        held = [_ask(door, name, "frobnicate") for name in ("c1", "c2")]
        (request,) = await _open(door, 1)
        await asyncio.sleep(0.2)  # until the second waits as well
        door.approvals.grant(request, ONCE, ADA)
        answers = [body for _, body in await asyncio.gather(*held)]
        assert sorted((ALLOW in body, DENY in body) for body in answers) == [
            (False, True),
            (True, False),
        ]
        record = door.record()
        (grant,) = record.grants
        assert len(record.uses[grant.id]) == 1
        assert record.revoked[grant.id].status == "used up"

    _within(tmp_path, act)


def test_a_grant_without_a_number_lets_both_through(tmp_path: Path) -> None:
    async def act(door: Opened) -> None:
        held = [_ask(door, name, "frobnicate") for name in ("c1", "c2")]
        (request,) = await _open(door, 1)
        await asyncio.sleep(0.2)
        door.approvals.grant(request, YES, ADA)
        assert all(ALLOW in body for _, body in await asyncio.gather(*held))
        (grant,) = door.record().grants
        assert sorted(door.record().uses[grant.id]) == ["c1", "c2"]

    _within(tmp_path, act)


def test_a_used_up_grant_is_renewed_only_with_a_call_that_speaks_for_it(tmp_path: Path) -> None:
    async def act(door: Opened) -> None:
        first = _ask(door, "c1", "frobnicate")
        (request,) = await _open(door, 1)
        door.approvals.grant(request, ONCE, ADA)
        assert ALLOW in (await first)[1]
        second = _ask(door, "c2", "frobnicate")
        (again,) = await _open(door, 1)
        assert "--shown-by CALL" in door.approvals.smallest(again)
        for shown in ("", "never-made", "c2"):  # c2 is the call that asks
            with pytest.raises(RemitError, match="granted before"):
                door.approvals.grant(again, Wish("once more", END_OF_TASK, shown=shown), ADA)
        grant = door.approvals.grant(again, Wish("once more", END_OF_TASK, shown="c1"), ADA)
        assert ALLOW in (await second)[1]
        assert (grant.renews, grant.shown) == (door.record().grants[0].id, "c1")

    _within(tmp_path, act)


def test_uses_that_nothing_counts_are_refused_as_a_limit(tmp_path: Path) -> None:
    async def act(door: Opened) -> None:
        body = (await _ask(door, "c1", "curl https://docs.example.com"))[1]
        assert DENY in body
        (request,) = door.approvals.permits.waiting
        assert "--until end" in door.approvals.smallest(request)
        with pytest.raises(RemitError, match="are not counted"):
            door.approvals.grant(request, ONCE, ADA)
        assert door.approvals.grant(request, YES, ADA).expiry.uses == 0

    _within(tmp_path, act)
