"""Reads whole streams as the providers' own clients do, which put an answer together piece by piece
and fail where a piece has no place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from remit.codec.traffic.framing import EventSplitter


def data_of(stream: bytes) -> Iterator[bytes]:
    splitter = EventSplitter()
    yield from (event for _, event in splitter.feed(stream) if event)
    assert not splitter._open, "the stream ends within an event"


def responses(stream: bytes) -> str:
    """The text of the last item; what its deltas add up to is what its end says."""
    events = [json.loads(event) for event in data_of(stream)]
    assert events[0]["type"] == "response.created"
    items: dict[int, Any] = {}
    done: set[str] = set()
    for event in events:
        match event["type"]:
            case "response.output_item.added":
                items[event["output_index"]] = {**event["item"]}
            case "response.content_part.added":
                items[event["output_index"]]["content"].append({**event["part"]})
            case "response.output_text.delta" if event["output_index"] in items:
                items[event["output_index"]]["content"][event["content_index"]]["text"] += event[
                    "delta"
                ]
            case "response.output_item.done":
                last = event["item"]
                done.add(last["id"])
    end = events[-1]
    assert end["type"] == "response.completed"
    assert end["response"]["status"] == "completed"
    assert end["response"]["output"][-1]["id"] == last["id"]
    named = done | {item["id"] for item in end["response"]["output"]}
    assert {item["id"] for item in items.values()} <= named
    said = last.get("content", [])
    assert items[max(items)].get("content", []) == said
    usage = end["response"]["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    numbers = [event["sequence_number"] for event in events if "sequence_number" in event]
    assert numbers == sorted(set(numbers))
    return "".join(part["text"] for part in said)


def chat(stream: bytes) -> str:
    """The text of every choice, each of which has one role and one end."""
    *chunks, done = data_of(stream)
    assert done == b"[DONE]"
    said: dict[int, dict[str, str]] = {}
    for chunk in map(json.loads, chunks):
        for choice in chunk["choices"]:
            message = said.setdefault(choice["index"], {"role": "", "content": "", "end": ""})
            for key in ("role", "content"):
                message[key] += choice["delta"].get(key) or ""
            message["end"] = choice.get("finish_reason") or message["end"]
    assert all(message["end"] for message in said.values())
    assert all(message["role"] in ("", "assistant") for message in said.values())
    assert json.loads(chunks[-1])["usage"]["total_tokens"] >= 0
    return "".join(message["content"] for message in said.values())


def gemini(stream: bytes) -> str:
    chunks = json.loads(stream) if stream[:1] == b"[" else list(map(json.loads, data_of(stream)))
    text, ends = "", {}
    for chunk in chunks:
        for candidate in chunk.get("candidates", ()):
            parts = candidate.get("content", {}).get("parts", ())
            text += "".join(part.get("text", "") for part in parts)
            ends[candidate.get("index", 0)] = candidate.get("finishReason")
    assert all(ends.values())
    assert chunks[-1]["usageMetadata"]["totalTokenCount"] >= 0
    return text


def messages(stream: bytes) -> str:
    """The text of the blocks, each of which is begun and ended once."""
    events = [json.loads(event) for event in data_of(stream)]
    assert [event["type"] for event in events].count("message_start") == 1
    blocks: list[str] = []
    is_open = False
    for event in events:
        match event["type"]:
            case "content_block_start":
                assert not is_open
                assert event["index"] == len(blocks)
                blocks, is_open = [*blocks, ""], True
            case "content_block_delta":
                assert is_open
                blocks[event["index"]] += event["delta"].get("text", "")
            case "content_block_stop":
                is_open = False
    assert events[-1]["type"] == "message_stop"
    return blocks[-1]


CLIENTS: dict[str, Callable[[bytes], str]] = {
    "openai-responses": responses,
    "openai-chat": chat,
    "gemini": gemini,
    "anthropic-messages": messages,
}
