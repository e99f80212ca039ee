"""What is tried in other dialects so that a model costs less than it does, over real sockets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from metered_door import Metered, Provider, event
from remit.model.endings import StopTrigger
from remit.model.meter_events import AnswerEnd, Counted
from remit.policy.spending import STEP
from test_meter_deceived import chunks, play

GPT, GEMINI = "gpt-5.5", "gemini-3-pro-preview"
DOLLARS = {"responses": (5, 30), "chat": (5, 30), "gemini": (2, 12), "gemini list": (2, 12)}
"""For a million tokens read and written."""
PATHS = {
    "responses": "/v1/responses",
    "chat": "/v1/chat/completions",
    "gemini": f"/v1beta/models/{GEMINI}:streamGenerateContent?alt=sse",
    "gemini list": f"/v1beta/models/{GEMINI}:streamGenerateContent",
}
ENDS = {
    "responses": b'"sequence_number": 7}\n\n',
    "chat": b"data: [DONE]\n\n",
    "gemini": b"}\r\n\r\n",
    "gemini list": b"}\r\n]",
}


def asked(kind: str, **more: object) -> bytes:
    match kind:
        case "responses":
            fields: dict[str, object] = {"model": GPT, "stream": True, "input": "hi"}
        case "chat":
            fields = {"model": GPT, "stream": True, "messages": []}
            fields["stream_options"] = {"include_usage": True}
        case _:
            fields = {"contents": []}
    return json.dumps({**fields, **more}).encode()


def responses(words: int, wrote: int) -> list[bytes]:
    about = {"id": "resp_1", "model": GPT}
    usage = {"input_tokens": 40, "output_tokens": wrote}
    delta = event("response.output_text.delta", output_index=0, delta="word ")
    return [
        event("response.created", response=about),
        *[delta] * words,
        event("response.completed", response={**about, "status": "completed", "usage": usage}),
    ]


def chat(words: int, wrote: int) -> list[bytes]:
    def chunk(choices: object, usage: object = None) -> bytes:
        value = {"id": "c", "model": GPT, "choices": choices, "usage": usage}
        return b"data: %s\n\n" % json.dumps(value).encode()

    word = chunk([{"index": 0, "delta": {"content": "word "}}])
    end = chunk([{"index": 0, "delta": {}, "finish_reason": "stop"}])
    count = chunk([], {"prompt_tokens": 40, "completion_tokens": wrote})
    return [*[word] * words, end, count, b"data: [DONE]\n\n"]


def gemini(words: int, wrote: int) -> list[bytes]:
    def chunk(usage: object, **more: object) -> bytes:
        candidate = {"content": {"parts": [{"text": "word "}]}, "index": 0, **more}
        value = {"candidates": [candidate], "usageMetadata": usage, "modelVersion": GEMINI}
        return json.dumps(value).encode()

    so_far = {"promptTokenCount": 40}
    last = chunk({**so_far, "candidatesTokenCount": wrote}, finishReason="STOP")
    return [*[chunk(so_far)] * words, last]


def sent(kind: str, words: int, wrote: int) -> list[bytes]:
    match kind:
        case "responses":
            return responses(words, wrote)
        case "chat":
            return chat(words, wrote)
        case "gemini":
            return [b"data: %s\r\n\r\n" % one for one in gemini(words, wrote)]
        case _:
            first, *rest = gemini(words, wrote)
            return [b"[" + first, *[b",\r\n" + one for one in rest], b"]"]


def test_twin_honest_answers_are_passed_on_untouched_and_counted(tmp_path: Path) -> None:
    async def act(door: Metered) -> None:
        for number, (kind, path) in enumerate(PATHS.items()):
            pieces, (read, write) = sent(kind, 3, 7), DOLLARS[kind]
            door.provider.pieces = pieces
            answer = await ask(door, asked(kind), path)
            assert b"".join(chunks(answer)) == b"".join(pieces)
            assert door.provider.bodies[number] == asked(kind)
            one = (await door.settled(number + 1))[number]
            assert (one.end, one.counted) == (AnswerEnd.WHOLE, Counted.PROVIDER)
            assert (one.input, one.output) == (40, 7)
            assert (one.micro_usd, one.price_known) == (40 * read + 7 * write, True)
        assert door.meter.account.reserved == (0, 0)

    play(tmp_path, act)


async def ask(door: Metered, body: bytes, path: str) -> bytes:
    """On a connection of its own, so that nobody waits for more."""
    return await door.ask(body, path, "Connection: close\r\n")


@pytest.mark.parametrize("kind", PATHS)
def test_an_answer_longer_than_the_budget(tmp_path: Path, kind: str) -> None:
    read, write = DOLLARS[kind]

    async def act(door: Metered) -> None:
        body = b"".join(chunks(await ask(door, asked(kind), PATHS[kind])))
        assert b"does not cover more" in body
        assert ENDS[kind] in body[-30:]
        passed = body.count(b"word ")
        assert 100 < passed < 4000
        assert passed * write + 40 * read <= 20_000 + STEP * write
        (one,) = await door.settled()
        assert one.end is AnswerEnd.CUT
        stopped = door.record().stopped
        assert stopped is not None
        assert stopped.trigger is StopTrigger.BUDGET
        again = await ask(door, asked(kind), PATHS[kind])
        assert again.startswith(b"HTTP/1.1 402 ")
        assert b"x-should-retry: false" in again
        error = json.loads(again.partition(b"\r\n\r\n")[2])["error"]
        assert error["message"].startswith("Remit: the budget of this run, ")
        assert len(door.provider.bodies) == 1

    play(tmp_path, act, Provider(sent(kind, 4000, 4000)), 'spend = "0.02"')


WHOLE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "responses": (PATHS["responses"], lambda: asked("responses", stream=False)),
    "responses, made short": ("/v1/responses/compact", lambda: asked("responses")),
    "chat": (PATHS["chat"], lambda: asked("chat", stream=False, n=16, max_tokens=4000)),
    "gemini": (f"/v1beta/models/{GEMINI}:generateContent", lambda: asked("gemini")),
}


def test_answers_in_one_piece_that_may_be_longer_than_the_budget(tmp_path: Path) -> None:
    async def act(door: Metered) -> None:
        for kind, (path, body) in WHOLE.items():
            assert (await ask(door, body(), path)).startswith(b"HTTP/1.1 402 "), kind
        assert door.provider.bodies == []

    play(tmp_path, act)


def test_a_stream_whose_count_nobody_asked_for(tmp_path: Path) -> None:
    pieces = sent("chat", 3, 7000)

    async def act(door: Metered) -> None:
        body = json.dumps({"model": GPT, "stream": True, "messages": []}).encode()
        answer = await ask(door, body, PATHS["chat"])
        assert b"".join(chunks(answer)) == b"".join([*pieces[:-2], pieces[-1]])
        (sent_on,) = map(json.loads, door.provider.bodies)
        assert sent_on == {**json.loads(body), "stream_options": {"include_usage": True}}
        (one,) = await door.settled()
        assert (one.counted, one.output) == (Counted.PROVIDER, 7000)

    play(tmp_path, act, Provider(pieces))


def test_a_stream_whose_count_nobody_asked_for_is_ended_without_it(tmp_path: Path) -> None:
    async def act(door: Metered) -> None:
        body = json.dumps({"model": GPT, "stream": True, "messages": []}).encode()
        shown = b"".join(chunks(await ask(door, body, PATHS["chat"])))
        assert b"does not cover more" in shown
        assert shown.endswith(ENDS["chat"])
        assert b"prompt_tokens" not in shown

    play(tmp_path, act, Provider(sent("chat", 4000, 4000)), 'spend = "0.02"')


def test_a_stream_whose_count_is_asked_not_to_come(tmp_path: Path) -> None:
    async def act(door: Metered) -> None:
        body = asked("chat", stream_options={"include_usage": False})
        answer = await ask(door, body, PATHS["chat"])
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"include_usage" in answer
        assert door.provider.bodies == []

    play(tmp_path, act)


def test_a_stream_that_is_never_counted_costs_what_was_held(tmp_path: Path) -> None:
    first, *_, last = sent("chat", 1, 1)

    async def act(door: Metered) -> None:
        await ask(door, asked("chat"), PATHS["chat"])
        (one,) = await door.settled()
        assert one.counted is Counted.RESERVE
        assert one.micro_usd > 1000 * 30

    play(tmp_path, act, Provider([first, last]))


def test_hanging_up_before_thoughts_are_told(tmp_path: Path) -> None:
    """They are in no event before the last one."""
    begun = event("response.created", response={"id": "r", "model": GPT})

    async def act(door: Metered) -> None:
        await ask(door, asked("responses"), PATHS["responses"])
        (one,) = await door.settled()
        assert one.counted is Counted.RESERVE
        assert one.micro_usd > 1000 * 30

    play(tmp_path, act, Provider([begun]))


def test_a_dear_model_that_answers_by_a_cheap_ones_name(tmp_path: Path) -> None:
    """Its price counts from its first event, long before its tokens are told."""

    async def act(door: Metered) -> None:
        body = asked("responses", model="gpt-5-nano")
        answer = await ask(door, body, PATHS["responses"])
        assert answer.count(b"word ") * 30 <= 20_000 + STEP * 30
        (one,) = await door.settled()
        assert (one.end, one.model) == (AnswerEnd.CUT, GPT)

    play(tmp_path, act, Provider(sent("responses", 4000, 4000)), 'spend = "0.02"')


def test_a_dear_deployment_behind_a_cheap_models_name(tmp_path: Path) -> None:
    path = "/openai/deployments/gpt-5-pro/chat/completions?api-version=2025-04-01-preview"

    async def act(door: Metered) -> None:
        await ask(door, asked("chat", model="gpt-5-nano"), path)
        (held,) = door.record().asked.values()
        assert held.model == "gpt-5-pro"

    play(tmp_path, act, Provider(sent("chat", 1, 1)))


def test_what_came_of_calls_is_held_against_hooks_in_every_dialect(tmp_path: Path) -> None:
    item = {"type": "function_call", "call_id": "call_1", "name": "shell", "arguments": "{}"}
    pieces = responses(1, 1)
    pieces.insert(1, event("response.output_item.done", output_index=0, item=item))

    async def act(door: Metered) -> None:
        await ask(door, asked("responses"), PATHS["responses"])
        (one,) = await door.settled()
        assert one.calls == ("call_1",)
        result = {"type": "function_call_output", "call_id": "call_1", "output": "ok"}
        await ask(door, asked("responses", input=[result]), PATHS["responses"])
        stopped = door.record().stopped
        assert stopped is not None
        assert "no hook asked about" in stopped.message

    play(tmp_path, act, Provider(pieces))
