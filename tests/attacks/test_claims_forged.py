"""What an enemy can send as the client's telemetry: it is refused, or only narrows the run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from open_endpoint import Opened, opened

Act = Callable[[Opened], Awaitable[None]]


def told(request: str, tokens: int, **more: object) -> bytes:
    attributes = [
        {"key": "request_id", "value": {"stringValue": request}},
        {"key": "input_tokens", "value": {"intValue": tokens}},
    ]
    record = {"body": {"stringValue": "claude_code.api_request"}, "attributes": attributes, **more}
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()


async def send(door: Opened, body: bytes, unix: bool = False, **headers: str) -> int:
    sent = {
        "Host": f"127.0.0.1:{door.doors.port}",
        "Authorization": f"Bearer {door.doors.token}",
        "Content-Length": str(len(body)),
        **headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    answer = await door.knock(f"POST /v1/logs HTTP/1.1\r\n{lines}\r\n".encode() + body, unix)
    return int(answer.split(b" ")[1])


@pytest.fixture
def within(tmp_path: Path) -> Callable[[Act], None]:
    def run(act: Act) -> None:
        async def whole() -> None:
            async with opened(tmp_path) as door:
                await act(door)

        asyncio.run(whole())

    return run


def test_twin_what_an_honest_client_sends_is_kept(within) -> None:
    async def act(door: Opened) -> None:
        assert await send(door, told("req_1", 100)) == 200
        assert [one.usage.total for one in door.record().claimed.values()] == [100]

    within(act)


def test_strangers_rubbish_and_the_wrong_door_are_refused(within) -> None:
    async def act(door: Opened) -> None:
        body = told("req_1", 100)
        assert await send(door, body, Authorization="Bearer wrong") == 401
        assert await send(door, body, Host="evil.example") == 403
        assert await send(door, body, unix=True) == 404
        assert await send(door, b"x" * (9 * 1024 * 1024)) == 413
        assert await send(door, b"\x0a\x05proto") == 400
        assert await send(door, b"[" * 1_000_000) == 400
        assert door.record().claimed == {}
        assert door.record().claimed_unreadable == 2

    within(act)


def test_nothing_that_is_told_gives_back_extends_or_lifts(within) -> None:
    async def act(door: Opened) -> None:
        before = door.run.recorder.state
        for tokens in (500, 1, 0):
            assert await send(door, told("req_1", tokens)) == 200
        assert await send(door, told("req_2", -500)) == 200
        (kept,) = door.record().claimed.values()
        assert kept.usage.total == 500
        assert door.record().claimed_unreadable == 1
        assert door.run.recorder.state == before

    within(act)


def test_a_hook_that_comes_as_telemetry_decides_nothing(within) -> None:
    async def act(door: Opened) -> None:
        assert await send(door, door.payload("PreToolUse", "a")) == 400
        assert door.record().calls == {}
        assert door.run.recorder.state.heartbeat is False

    within(act)
