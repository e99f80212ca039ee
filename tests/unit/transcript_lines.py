"""Records of Claude Code as tests need them, written by us after what the client writes."""

from __future__ import annotations

import json
from pathlib import Path

MODEL = "claude-sonnet-4-5-20250929"


def answer(
    message: str = "msg_1",
    request: str = "req_1",
    *,
    usage: dict[str, object] | None = None,
    model: str = MODEL,
    content: list[dict[str, object]] | None = None,
    at: str = "2026-05-05T12:00:00.000Z",
    **more: object,
) -> dict[str, object]:
    """One record of an answer; ``usage`` without cache writes is 100 in, 10 out."""
    return {
        "parentUuid": None,
        "isSidechain": False,
        "message": {
            "id": message,
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": content or [{"type": "text", "text": "fine"}],
            "usage": usage or {"input_tokens": 100, "output_tokens": 10},
        },
        "requestId": request,
        "type": "assistant",
        "uuid": f"uuid-{message}",
        "timestamp": at,
        "cwd": "/home/dev/shop",
        "sessionId": "one",
        "version": "2.1.330",
        **more,
    }


def call(name: str, tool: str, **given: object) -> dict[str, object]:
    return {"type": "tool_use", "id": name, "name": tool, "input": given}


def result(name: str, content: object, **more: object) -> dict[str, object]:
    """The record of a call's result."""
    block = {"tool_use_id": name, "type": "tool_result", "content": content, **more}
    return {
        "parentUuid": None,
        "isSidechain": False,
        "type": "user",
        "message": {"role": "user", "content": [block]},
        "uuid": f"uuid-{name}",
        "timestamp": "2026-05-05T12:00:01.000Z",
        "toolUseResult": {"stdout": content},
        "cwd": "/home/dev/shop",
        "sessionId": "one",
    }


def write(path: Path, *records: dict[str, object] | str) -> Path:
    """A transcript of ``records``; text is written as it stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        record if isinstance(record, str) else json.dumps(record, separators=(",", ":")) + "\n"
        for record in records
    ]
    path.write_text("".join(lines), encoding="utf-8")
    return path
