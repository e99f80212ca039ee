"""What an agent that holds the run's key tries so that its model costs less than it does."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from metered_door import (
    KEY,
    MODEL,
    SHORT,
    Metered,
    Provider,
    begin,
    call,
    finish,
    metered,
    word,
)
from remit.errors import LedgerUnavailable
from remit.model.events import StopTrigger
from remit.model.meter_events import AnswerEnd, Counted
from remit.policy.spending import STEP

Act = Callable[[Metered], Awaitable[None]]
COUNTS = (
    "/v1/messages/count_tokens",
    "/v1/responses/input_tokens",
    "/v1beta/models/gemini-3-pro:countTokens?key=k",
)
LONG = [begin(), *[word()] * 40_000, finish(40_000)]


def play(tmp: Path, act: Act, provider: Provider | None = None, budget: str = "") -> None:
    async def whole() -> None:
        async with metered(tmp, provider, budget or 'spend = "1.00"') as door:
            await act(door)

    asyncio.run(whole())


def test_twin_an_honest_answer_is_passed_on_untouched_and_counted(tmp_path: Path) -> None:
    async def act(door: Metered) -> None:
        answer = await door.ask(door.body())
        assert b"".join(chunks(answer)) == SHORT
        (one,) = await door.settled()
        assert (one.end, one.counted) == (AnswerEnd.WHOLE, Counted.PROVIDER)
        assert (one.input, one.output, one.message, one.request) == (100, 20, "msg_1", "req_1")
        assert one.micro_usd == 100 * 4 + 20 * 20
        assert door.meter.account.reserved == (0, 0)
        assert b"accept-encoding: identity" in door.provider.heads[0]

    play(tmp_path, act)


def chunks(answer: bytes) -> list[bytes]:
    """The body of a chunked answer, taken apart."""
    rest, found = answer.partition(b"\r\n\r\n")[2], []
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        found.append(rest[: int(size, 16)])
        rest = rest[int(size, 16) + 2 :]
    return found


@pytest.mark.parametrize(
    "path",
    [
        "/v1/messages/batches",
        "/v1/complete",
        "/v1/embeddings",
        "/v1/images/generations",
        "/v1/messages%2fbatches",
        "//v1/audio",
        "/v1/MESSAGES",
        "/v1/completions",
        "/v1/chat/completions/batch",
        "/v1/responses/resp_1/cancel",
        "/v1/responses/compact/x",
        "/v1/realtime/calls",
        "/v1/respons%65s",
        "/v1beta/models/gemini-3-pro:batchGenerateContent",
        "/v1beta/models/gemini-3-pro:embedContent",
        "/v1beta/models/gemini-3-pro%3AgenerateContent",
        "/v1beta/models:countTokens",
        "/v1/embeddings/input_tokens",
        "/api/generate",
        "/api/oauth2/v1/complete",
        "/v1/batches/count_tokens",
    ],
)
def test_asking_by_a_way_that_nobody_counts(tmp_path: Path, path: str) -> None:
    async def act(door: Metered) -> None:
        answer = await door.ask(door.body(), path)
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert b"cannot tell what" in answer
        assert door.provider.bodies == []

    play(tmp_path, act)


@pytest.mark.parametrize("path", [*COUNTS, "/api/event_logging/batch"])
def test_twin_what_costs_nothing_passes(tmp_path: Path, path: str) -> None:
    async def act(door: Metered) -> None:
        assert (await door.ask(door.body(), path)).startswith(b"HTTP/1.1 200 ")
        assert len(door.provider.bodies) == 1
        assert door.record().asked == {}

    play(tmp_path, act)


def test_a_request_that_is_compressed(tmp_path: Path) -> None:
    async def act(door: Metered) -> None:
        packed = gzip.compress(door.body())
        answer = await door.ask(packed, more="Content-Encoding: gzip\r\n")
        assert answer.startswith(b"HTTP/1.1 415 ")
        assert door.provider.bodies == []

    play(tmp_path, act)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"model": 7}', b"{" * 5000, b'{"messages": []}'])
def test_a_request_that_cannot_be_read(tmp_path: Path, body: bytes) -> None:
    async def act(door: Metered) -> None:
        assert (await door.ask(body)).startswith(b"HTTP/1.1 400 ")
        assert door.provider.bodies == []

    play(tmp_path, act)


def test_a_cheap_models_name_beside_a_dear_ones(tmp_path: Path) -> None:
    async def act(door: Metered) -> None:
        twice = door.body().replace(b"}", b', "model": "claude-haiku-5-5"}')
        await door.ask(twice)
        (one,) = await door.settled()
        assert (one.model, one.micro_usd) == (MODEL, 100 * 4 + 20 * 20)

    play(tmp_path, act)


def test_an_answer_longer_than_the_budget(tmp_path: Path) -> None:
    async def act(door: Metered) -> None:
        body = b"".join(chunks(await door.ask(door.body(max_tokens=128_000))))
        assert body.endswith(b'event: message_stop\ndata: {"type": "message_stop"}\n\n')
        assert b"does not cover more" in body
        (one,) = await door.settled()
        assert one.end is AnswerEnd.CUT
        passed = body.count(b"word ")
        assert passed * 20 + 400 <= 100_000 + STEP * 20
        stopped = door.record().stopped
        assert stopped is not None
        assert stopped.trigger is StopTrigger.BUDGET
        again = await door.ask(door.body())
        assert again.startswith(b"HTTP/1.1 402 ")
        assert b"x-should-retry: false" in again
        assert len(door.provider.bodies) == 1

    play(tmp_path, act, Provider(LONG), 'spend = "0.10"')


def test_many_at_once_do_not_pass_the_cap_together(tmp_path: Path) -> None:
    async def act(door: Metered) -> None:
        asks = [door.ask(door.body(max_tokens=128_000)) for _ in range(16)]
        bodies = [b"".join(chunks(x)) for x in await asyncio.gather(*asks) if b" 200 " in x[:20]]
        read = len(bodies) * 100 * 4
        wrote = sum(body.count(b"word ") for body in bodies) * 20
        assert read + wrote <= 200_000 + len(bodies) * STEP * 20
        assert len(bodies) >= 10
        account = door.meter.account
        assert account.spent.micro_usd <= 200_000

    play(tmp_path, act, Provider(LONG, pace_s=0.0), 'spend = "0.20"')


def test_an_answer_in_one_piece_that_may_be_longer_than_the_budget(tmp_path: Path) -> None:
    async def act(door: Metered) -> None:
        answer = await door.ask(door.body(stream=False, max_tokens=128_000))
        assert answer.startswith(b"HTTP/1.1 402 ")
        assert door.provider.bodies == []

    play(tmp_path, act)


def test_twin_an_answer_in_one_piece_is_counted(tmp_path: Path) -> None:
    usage = {"input_tokens": 50, "output_tokens": 7}
    text = [{"type": "text", "text": "an answer of seven tokens"}]
    told = json.dumps({"id": "msg_2", "model": MODEL, "usage": usage, "content": text}).encode()

    async def act(door: Metered) -> None:
        assert b"".join(chunks(await door.ask(door.body(stream=False)))) == told
        (one,) = await door.settled()
        assert (one.end, one.counted) == (AnswerEnd.WHOLE, Counted.PROVIDER)
        assert one.usage[:2] == (50, 7)

    play(tmp_path, act, Provider([told]))


def test_hanging_up_before_the_count_comes(tmp_path: Path) -> None:
    async def act(door: Metered) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.run.doors.out_port)
        writer.write(door.request(door.body()))
        while door.provider.sent < 50:
            await reader.read(65536)
        writer.close()
        (one,) = await door.settled()
        assert (one.end, one.counted) == (AnswerEnd.BROKEN_OFF, Counted.ESTIMATE)
        assert one.output >= 45
        assert one.micro_usd >= 100 * 4 + 45 * 20

    play(tmp_path, act, Provider([begin(), *[word()] * 5000, finish()], pace_s=0.001))


def test_an_answer_that_is_compressed_all_the_same(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"

    async def act(door: Metered) -> None:
        answer = await door.ask(door.body())
        assert answer.startswith(b"HTTP/1.1 502 ")
        assert gzip.compress(SHORT) not in answer
        (one,) = await door.settled()
        assert (one.end, one.counted) == (AnswerEnd.UNREADABLE, Counted.RESERVE)
        assert one.micro_usd > 1000 * 20

    play(tmp_path, act, Provider([gzip.compress(SHORT)], head))


def test_an_answer_that_stops_being_events_is_ended(tmp_path: Path) -> None:
    endless = [begin(), *[b"data: " + b"x" * 2**20] * 20, word("after it"), finish()]

    async def act(door: Metered) -> None:
        body = b"".join(chunks(await door.ask(door.body())))
        assert b"after it" not in body
        assert body.endswith(b'data: {"type": "message_stop"}\n\n')
        (one,) = await door.settled()
        assert (one.end, one.counted) == (AnswerEnd.UNREADABLE, Counted.RESERVE)

    play(tmp_path, act, Provider(endless))


@pytest.mark.parametrize("status", [400, 429, 500, 529])
def test_twin_an_error_of_the_provider_costs_nothing(tmp_path: Path, status: int) -> None:
    head = f"HTTP/1.1 {status} No\r\n".encode()

    async def act(door: Metered) -> None:
        assert f" {status} ".encode() in await door.ask(door.body())
        (one,) = await door.settled()
        assert (one.end, one.micro_usd, one.status) == (AnswerEnd.REFUSED, 0, status)

    play(tmp_path, act, Provider([b'{"type":"error"}'], head))


def test_twin_a_provider_that_hangs_up_costs_nothing(tmp_path: Path) -> None:
    async def act(door: Metered) -> None:
        assert (await door.ask(door.body())).startswith(b"HTTP/1.1 502 ")
        (one,) = await door.settled()
        assert (one.end, one.micro_usd) == (AnswerEnd.UNANSWERED, 0)

    play(tmp_path, act, Provider(silent=True))


def test_a_hook_for_a_call_that_the_model_never_sent(tmp_path: Path) -> None:
    async def act(door: Metered) -> None:
        await heard(door)
        _, answer = await door.run.hook(door.run.payload("PreToolUse", "toolu_made_up"))
        assert b'"allow"' not in answer
        assert b"never sent" in answer
        record = door.record()
        assert record.stopped is not None
        assert record.stopped.trigger is StopTrigger.FORGED
        assert [one.call for one in record.forged] == ["toolu_made_up"]

    play(tmp_path, act, promising("toolu_1"))


def test_twin_a_hook_for_a_call_of_the_answer(tmp_path: Path) -> None:
    async def act(door: Metered) -> None:
        await heard(door)
        _, answer = await door.run.hook(door.run.payload("PreToolUse", "toolu_1"))
        assert b'"allow"' in answer
        assert door.record().stopped is None

    play(tmp_path, act, promising("toolu_1"))


def promising(name: str) -> Provider:
    return Provider([begin(), call(name), finish(20, "tool_use")])


async def heard(door: Metered) -> None:
    """The client speaks, and asks its model."""
    await door.run.hook(door.run.payload("SessionStart"))
    await door.ask(door.body())
    await door.settled()


@pytest.mark.parametrize("failed", [False, True], ids=["it ran", "twin: the client refused it"])
def test_a_result_of_a_call_that_no_hook_was_asked_about(tmp_path: Path, failed: bool) -> None:
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "is_error": failed}
    turns = [{"role": "user", "content": [result]}]

    async def act(door: Metered) -> None:
        await heard(door)
        await door.ask(door.body(messages=turns))
        stopped = door.record().stopped
        assert (stopped is None) is failed
        assert stopped is None or "no hook asked about" in stopped.message

    play(tmp_path, act, promising("toolu_1"))


def test_a_ledger_that_takes_nothing_lets_nothing_out(tmp_path: Path) -> None:
    async def act(door: Metered) -> None:
        door.run.run.recorder._failure = LedgerUnavailable("the disk is full", "free space")
        answer = await door.ask(door.body())
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"the disk is full" in answer
        assert door.provider.bodies == []
        assert door.run.record().stopped is not None

    play(tmp_path, act)


def test_a_request_without_the_runs_key(tmp_path: Path) -> None:
    async def act(door: Metered) -> None:
        request = door.request(door.body()).replace(KEY.encode(), b"sk-ant-another")
        assert (await door.raw(request)).startswith(b"HTTP/1.1 401 ")
        assert door.record().asked == {}

    play(tmp_path, act)
