"""Calls as Claude Code records them, read as its hook would have sent them."""

from __future__ import annotations

import json

from remit.adapters.agents.claude_code.normalize import normalize
from remit.model.backtest import RecordedCall
from remit.model.request import ToolCall
from remit.model.signals import CallRequested


def recorded(call: RecordedCall) -> tuple[ToolCall, ...] | None:
    """The call of the payload that the client would have sent; None where a live run would have
    refused it as no call."""
    payload = {
        "hook_event_name": "PreToolUse",
        "session_id": "recorded",
        "tool_use_id": call.id,
        "tool_name": call.tool,
        "cwd": call.cwd,
        "agent_id": call.subagent or None,
    }
    head = json.dumps(payload).encode("ascii")
    signal = normalize(b'%b,"tool_input":%b}' % (head[:-1], call.given or b"null"))
    return (signal.call,) if isinstance(signal, CallRequested) else None
