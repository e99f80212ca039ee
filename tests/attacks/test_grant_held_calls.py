"""Held calls: many at once, answered, refused, stopped, out of time; the endpoint gives nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from open_endpoint import Opened, opened
from remit.errors import RemitError
from remit.model.events import StopTrigger
from remit.model.grant import END_OF_TASK, Established, Expiry, ExpiryKind, Granter
from remit.services.approvals import Wish

ALLOW = b'"permissionDecision":"allow"'
DENY = b'"permissionDecision":"deny"'
ADA = Granter("Ada", Established.TERMINAL, "a key")
YES = Wish("needed", END_OF_TASK)
Act = Callable[[Opened], Awaitable[None]]


def _within(tmp: Path, act: Act, wait_s: float = 20.0) -> None:
    async def whole() -> None:
        async with opened(tmp, wait_s) as door:
            await door.hook(door.payload("SessionStart"))
            await act(door)

    asyncio.run(whole())


def _ask(door: Opened, call: str, command: str) -> asyncio.Task[tuple[int, bytes]]:
    body = door.payload("PreToolUse", call, tool_input={"command": command})
    return asyncio.ensure_future(door.hook(body))


async def _open(door: Opened, number: int) -> list[str]:
    """The open requests, once there are so many."""
    for _ in range(500):
        if len(door.approvals.permits.waiting) >= number:
            return list(door.approvals.permits.waiting)
        await asyncio.sleep(0.01)
    raise AssertionError("they were not opened")


def test_ten_requests_at_once_wait_side_by_side(tmp_path: Path) -> None:
    async def act(door: Opened) -> None:
        held = [_ask(door, f"c{n}", f"frobnicate{n}") for n in range(10)]
        requests = await _open(door, 10)
        free = await _ask(door, "free", "ls")
        assert ALLOW in free[1]  # other calls go on
        for n, request in enumerate(requests):
            if n % 2:
                door.approvals.refuse(request, "not this one", ADA)
            else:
                door.approvals.grant(request, YES, ADA)
        answers = [body for _, body in await asyncio.gather(*held)]
        assert sum(ALLOW in body for body in answers) == 5
        assert sum(b"not this one" in body for body in answers) == 5
        again = await _ask(door, "c1-again", "frobnicate1")
        assert b"not this one" in again[1]  # what a person refused is not asked for again

    _within(tmp_path, act)


def test_a_call_that_waits_is_not_answered_twice(tmp_path: Path) -> None:
    async def act(door: Opened) -> None:
        held = _ask(door, "c1", "frobnicate")
        (request,) = await _open(door, 1)
        assert b"already decided" in (await _ask(door, "c1", "frobnicate"))[1]
        door.approvals.grant(request, YES, ADA)
        assert ALLOW in (await held)[1]
        assert b"already decided" in (await _ask(door, "c1", "frobnicate"))[1]

    _within(tmp_path, act)


def test_nobody_answers_in_time(tmp_path: Path) -> None:
    async def act(door: Opened) -> None:
        body = (await _ask(door, "c1", "frobnicate"))[1]
        assert DENY in body
        (request,) = door.approvals.permits.waiting
        assert f"remit grant {request}".encode() in body
        door.approvals.grant(request, YES, ADA)  # late, for the next attempt
        assert ALLOW in (await _ask(door, "c2", "frobnicate"))[1]

    _within(tmp_path, act, wait_s=0.2)


def test_a_stop_answers_what_waits(tmp_path: Path) -> None:
    async def act(door: Opened) -> None:
        held = _ask(door, "c1", "frobnicate")
        (request,) = await _open(door, 1)
        path = str(door.root / "stocklist/migrations/0001.sql")
        zone = door.payload("PreToolUse", "c2", tool_name="Write")
        value = json.loads(zone) | {"tool_input": {"file_path": path, "content": ""}}
        said = await door.hook(json.dumps(value).encode())
        assert b"zone" in said[1], said
        stopped = door.record().stopped
        assert stopped is not None
        assert stopped.trigger is StopTrigger.ZONE
        assert DENY in (await held)[1]
        with pytest.raises(RemitError, match="nothing can be granted"):
            door.approvals.grant(request, YES, ADA)

    _within(tmp_path, act)


def test_the_endpoint_grants_nothing(tmp_path: Path) -> None:
    """The agent has the token of the endpoint; what it posts there answers no request."""

    async def act(door: Opened) -> None:
        held = _ask(door, "c1", "frobnicate")
        (request,) = await _open(door, 1)
        command = {"do": "grant", "subject": request, "reason": "me", "expiry": "end-of-task"}
        for body in (command, {"hook_event_name": "grant.made", **command}):
            for unix in (False, True):
                await door.hook(json.dumps(body).encode(), unix)
        assert not door.approvals.permits.grants
        assert not held.done()
        door.approvals.refuse(request, "no", ADA)
        assert DENY in (await held)[1]

    _within(tmp_path, act)


def test_a_clock_set_back_revives_nothing(tmp_path: Path) -> None:
    async def act(door: Opened) -> None:
        clock = [1_000_000_000]
        door.approvals._now_us = lambda: clock[0]
        held = _ask(door, "c1", "frobnicate")
        (request,) = await _open(door, 1)
        short = Wish("needed", Expiry(ExpiryKind.INSTANT, 1_000_500_000))
        door.approvals.grant(request, short, ADA)
        assert ALLOW in (await held)[1]
        clock[0] = 1_001_000_000
        later = _ask(door, "c2", "frobnicate")
        await _open(door, 1)
        clock[0] = 1_000_000_001
        earlier = _ask(door, "c3", "frobnicate")
        await asyncio.sleep(0.2)
        assert not later.done()
        assert not earlier.done()
        (request,) = door.approvals.permits.waiting
        door.approvals.refuse(request, "no", ADA)
        assert DENY in (await later)[1]
        assert DENY in (await earlier)[1]

    _within(tmp_path, act)


def test_a_peer_may_not_grant_above_the_low_class(tmp_path: Path) -> None:
    async def act(door: Opened) -> None:
        from remit.model.contract import RiskClass

        door.approvals._risk = RiskClass.HIGH
        held = _ask(door, "c1", "frobnicate")
        (request,) = await _open(door, 1)
        peer = Granter("root", Established.PEER, "a process")
        with pytest.raises(RemitError, match="signed or terminal"):
            door.approvals.grant(request, YES, peer)
        door.approvals.refuse(request, "no", peer)  # a no may come from anybody who is heard
        assert DENY in (await held)[1]

    _within(tmp_path, act)
