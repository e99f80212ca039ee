"""Claude Code's hook payloads in our words (agents.md section 2). Never a crash.

A payload that is not what its event promises becomes ``Unknown`` with its fault, and is
guarded where silence could let something happen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from remit.adapters.agents.claude_code import payloads as p
from remit.model import signals as s
from remit.model.ids import CallId
from remit.model.json import Json, JsonObject
from remit.model.request import AGENT, Actor, ToolCall

OBSERVED = frozenset(
    {
        "SessionStart",
        "SessionEnd",
        "Stop",
        "StopFailure",
        "SubagentStart",
        "SubagentStop",
        "PostToolUse",
        "PostToolUseFailure",
        "PreCompact",
        "PostCompact",
        "Notification",
        "MessageDisplay",
        "PermissionDenied",
        "InstructionsLoaded",
        "CwdChanged",
        "FileChanged",
        "DirectoryAdded",
        "Setup",
        "TaskCreated",
        "TaskCompleted",
        "TeammateIdle",
        "WorktreeRemove",
        "ElicitationResult",
        "PostModelSwitch",
    }
)
"""Events that only report: nothing waits for our word. Every other event is guarded."""


def normalize(body: bytes) -> s.Signal:
    """The signal in a payload. ``body`` is as it arrived; at most 8 MiB are read."""
    try:
        payload = p.parse(body)
    except p.PayloadFault as fault:
        return s.Unknown("", {}, str(fault), guarded=True)
    return _signal(payload)


def _signal(payload: JsonObject) -> s.Signal:
    named = payload.get("hook_event_name")
    name = p.scrubbed_text(named)[: p.MAX_IDENTIFIER] if isinstance(named, str) else ""
    guarded = name not in OBSERVED
    reader = _READERS.get(name)
    if reader is None:
        return s.Unknown(name, _kept(payload), "", guarded)
    try:
        return reader(payload)
    except p.PayloadFault as fault:
        return s.Unknown(name, _kept(payload), str(fault), guarded)


def _kept(payload: JsonObject) -> JsonObject:
    kept = p.scrubbed(payload)
    return kept if isinstance(kept, Mapping) else {}


def _session(payload: JsonObject) -> str:
    return p.identifier(payload, "session_id")


def actor(payload: JsonObject) -> Actor:
    """The main agent, or ``agent:<id>`` inside a subagent."""
    agent = p.optional_identifier(payload, "agent_id")
    return Actor(f"agent:{agent}") if agent else AGENT


def _call(payload: JsonObject) -> ToolCall:
    return ToolCall(
        CallId(p.identifier(payload, "tool_use_id")),
        p.identifier(payload, "tool_name"),
        p.exact_object(payload, "tool_input"),
        p.absolute_path(payload, "cwd"),
        actor(payload),
    )


def _requested(payload: JsonObject) -> s.Signal:
    return s.CallRequested(_session(payload), _call(payload))


def _finished(payload: JsonObject) -> s.Signal:
    response = p.scrubbed(payload.get("tool_response"))
    duration = p.milliseconds(payload, "duration_ms")
    return s.CallFinished(_session(payload), _call(payload), True, response, duration)


def _failed(payload: JsonObject) -> s.Signal:
    duration = p.milliseconds(payload, "duration_ms")
    error: Json = p.text(payload, "error")
    return s.CallFinished(_session(payload), _call(payload), False, error, duration)


def _batch(payload: JsonObject) -> s.Signal:
    calls = payload.get("tool_calls")
    if not isinstance(calls, Sequence) or isinstance(calls, str):
        raise p.PayloadFault("tool_calls is not a list")
    found = tuple(_batch_call(call) for call in calls)
    return s.BatchFinished(_session(payload), found, actor(payload))


def _batch_call(call: Json) -> str:
    if not isinstance(call, Mapping):
        raise p.PayloadFault("a call of the batch is not an object")
    return p.identifier(call, "tool_use_id")


def _permission(payload: JsonObject) -> s.Signal:
    return s.PermissionAsked(_session(payload), p.identifier(payload, "tool_name"))


def _prompt(payload: JsonObject) -> s.Signal:
    if not isinstance(payload.get("prompt"), str):
        raise p.PayloadFault("prompt is not a text")
    return s.PromptGiven(_session(payload), p.text(payload, "prompt"))


def _started(payload: JsonObject) -> s.Signal:
    return s.SessionStarted(_session(payload), p.optional_identifier(payload, "source"))


def _ended(payload: JsonObject) -> s.Signal:
    return s.SessionEnded(_session(payload), p.optional_identifier(payload, "reason"))


def _turn(payload: JsonObject) -> s.Signal:
    return s.TurnEnded(_session(payload), p.text(payload, "last_assistant_message"))


def _turn_failed(payload: JsonObject) -> s.Signal:
    message = p.text(payload, "last_assistant_message") or p.text(payload, "error")
    return s.TurnEnded(_session(payload), message, failed=True)


def _subagent_started(payload: JsonObject) -> s.Signal:
    return _subagent(payload, started=True)


def _subagent_stopped(payload: JsonObject) -> s.Signal:
    return _subagent(payload, started=False)


def _subagent(payload: JsonObject, *, started: bool) -> s.Signal:
    kind = p.optional_identifier(payload, "agent_type")
    return s.SubagentMoved(
        _session(payload), p.optional_identifier(payload, "agent_id"), kind, started
    )


def _configuration(payload: JsonObject) -> s.Signal:
    source = p.optional_identifier(payload, "source")
    return s.ConfigurationTouched(_session(payload), source, p.text(payload, "file_path"))


_READERS: Mapping[str, Callable[[JsonObject], s.Signal]] = {
    "SessionStart": _started,
    "SessionEnd": _ended,
    "UserPromptSubmit": _prompt,
    "PreToolUse": _requested,
    "PostToolUse": _finished,
    "PostToolUseFailure": _failed,
    "PostToolBatch": _batch,
    "PermissionRequest": _permission,
    "Stop": _turn,
    "StopFailure": _turn_failed,
    "SubagentStart": _subagent_started,
    "SubagentStop": _subagent_stopped,
    "ConfigChange": _configuration,
}
