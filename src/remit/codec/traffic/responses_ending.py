"""Ends a stream of OpenAI's Responses so that its client takes it for whole."""

from __future__ import annotations

from dataclasses import dataclass, field

from remit.codec.traffic.shapes import server_event
from remit.model.traffic import Progress

_ITEM = "msg_remit"
_EMPTY: dict[str, dict[str, object]] = {
    "message": {"role": "assistant", "content": []},
    "reasoning": {"summary": []},
    "function_call": {"arguments": "{"},
    "custom_tool_call": {"input": ""},
}
"""What an item has that was not finished: the arguments of a call are none that can be read."""


@dataclass(slots=True)
class Open:
    """How far an answer is written. ``created`` is None where no event has begun it; ``item`` and
    ``number`` are those of the next item and event; ``items`` are begun and not ended, by their
    places, with the names they have."""

    created: float | None = None
    item: int = 0
    number: int = 0
    items: dict[int, dict[str, str]] = field(default_factory=dict)


def response_ending(progress: Progress, here: Open, reason: str) -> bytes:
    """``reason`` as one more item of the answer, and the answer as complete.

    Clients act on a call when its item is done. One that is open never is; the answer names it,
    since some ask for each item that was begun."""
    at, created = here.item, here.created
    answer = _answer(progress, created or 0)
    part = {"type": "output_text", "text": reason, "annotations": [], "logprobs": []}
    item = {"id": _ITEM, "type": "message", "role": "assistant"}
    begun = {**item, "status": "in_progress", "content": []}
    whole = {**item, "status": "completed", "content": [part]}
    place = {"item_id": _ITEM, "output_index": at, "content_index": 0}
    events: list[dict[str, object]] = [
        {"type": "response.output_item.added", "output_index": at, "item": begun},
        {"type": "response.content_part.added", **place, "part": {**part, "text": ""}},
        {"type": "response.output_text.delta", **place, "delta": reason, "logprobs": []},
        {"type": "response.output_text.done", **place, "text": reason, "logprobs": []},
        {"type": "response.content_part.done", **place, "part": part},
        {"type": "response.output_item.done", "output_index": at, "item": whole},
        {
            "type": "response.completed",
            "response": {**answer, "output": [*_unfinished(here), whole]},
        },
    ]
    if created is None:
        opened = {**answer, "status": "in_progress", "usage": None, "output": []}
        events.insert(0, {"type": "response.created", "response": opened})
    return b"".join(
        server_event({**event, "sequence_number": here.number + after}, str(event["type"]))
        for after, event in enumerate(events)
    )


def _unfinished(here: Open) -> list[dict[str, object]]:
    items = [here.items[at] for at in sorted(here.items)]
    return [{**_EMPTY.get(item["type"], {}), **item, "status": "incomplete"} for item in items]


def _answer(progress: Progress, created: float) -> dict[str, object]:
    usage, output = progress.usage, progress.usage.output + progress.pieces
    return {
        "id": progress.message or "resp_remit",
        "object": "response",
        "created_at": int(created),
        "status": "completed",
        "model": progress.model,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "parallel_tool_calls": True,
        "temperature": None,
        "tool_choice": "auto",
        "tools": [],
        "top_p": None,
        "usage": {
            "input_tokens": usage.prompt,
            "input_tokens_details": {"cached_tokens": usage.cache_read, "cache_write_tokens": 0},
            "output_tokens": output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": usage.prompt + output,
        },
    }
