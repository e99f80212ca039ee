"""Recorded payloads of the real client normalise without loss of what we use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from remit.adapters.agents.claude_code.normalize import normalize
from remit.model import signals as s

KINDS = {
    "SessionStart": s.SessionStarted,
    "SessionEnd": s.SessionEnded,
    "UserPromptSubmit": s.PromptGiven,
    "PreToolUse": s.CallRequested,
    "PostToolUse": s.CallFinished,
    "PostToolUseFailure": s.CallFinished,
    "PostToolBatch": s.BatchFinished,
    "PermissionRequest": s.PermissionAsked,
    "Stop": s.TurnEnded,
    "StopFailure": s.TurnEnded,
    "SubagentStart": s.SubagentMoved,
    "SubagentStop": s.SubagentMoved,
    "ConfigChange": s.ConfigurationTouched,
}


def recorded(captures: Path) -> Iterator[tuple[str, dict[str, object]]]:
    for path in sorted((captures / "hook-payloads").glob("[A-Z]*.json")):
        yield path.name, json.loads(path.read_text())
    for path in sorted((captures / "interactive").glob("*hook*.json")):
        for number, payload in enumerate(json.loads(path.read_text())):
            if isinstance(payload, dict) and "hook_event_name" in payload:
                yield f"{path.name}[{number}]", payload


def test_every_recorded_payload_becomes_its_signal(captures: Path) -> None:
    seen = 0
    for name, payload in recorded(captures):
        signal = normalize(json.dumps(payload).encode())
        event = str(payload["hook_event_name"])
        expected = KINDS.get(event, s.Unknown)
        assert isinstance(signal, expected), (name, signal)
        if isinstance(signal, s.Unknown):
            assert signal.fault == "", name
        seen += 1
    assert seen >= 33


def test_nothing_we_use_is_lost(captures: Path) -> None:
    for name, payload in recorded(captures):
        signal = normalize(json.dumps(payload).encode())
        if isinstance(signal, s.Unknown):
            continue
        assert signal.session == payload["session_id"], name
        match signal:
            case s.CallRequested(call=call) | s.CallFinished(call=call):
                agent = payload.get("agent_id")
                assert call.id == payload["tool_use_id"], name
                assert call.tool == payload["tool_name"], name
                assert call.cwd == payload["cwd"], name
                assert call.input == payload["tool_input"], name
                assert call.actor.name == (f"agent:{agent}" if agent else "agent"), name
            case s.BatchFinished(calls=calls):
                assert list(calls) == [c["tool_use_id"] for c in payload["tool_calls"]], name
            case s.TurnEnded(message=message):
                assert message == payload["last_assistant_message"], name
            case s.ConfigurationTouched(path=path):
                assert path == payload["file_path"], name
        if isinstance(signal, s.CallFinished):
            assert signal.ok == (payload["hook_event_name"] == "PostToolUse"), name
            assert signal.response == payload.get("tool_response", payload.get("error")), name
            assert signal.duration_ms == payload["duration_ms"], name


@pytest.mark.parametrize("extra", ["future_field", "model", "cost"])
def test_fields_of_a_later_client_change_nothing(captures: Path, extra: str) -> None:
    for name, payload in recorded(captures):
        more = {**payload, extra: {"deep": [1.5, None]}}
        before = normalize(json.dumps(payload).encode())
        after = normalize(json.dumps(more).encode())
        assert type(before) is type(after), name
        if not isinstance(before, s.Unknown):
            assert before == after, name
