"""Our answers in Claude Code's shapes: exact bytes, never an empty body.

An empty body or truncated JSON is "no opinion" to the client and lets the tool run, so every
answer is a complete object. Strings are ASCII-escaped and at most 10,000 UTF-16 units, which
is what the client reads.
"""

from __future__ import annotations

import json

from remit.model import signals as s
from remit.model.answer import Allow, Answer, Defer, Explain, Halt, Hold, Proceed, Refuse
from remit.model.json import Json

MAX_TEXT = 10_000
_CUT = " … (shortened)"
_NOBODY = "Your own settings ask a person about this call, and nobody can be asked in this run."


def nothing() -> bytes:
    """No opinion, said in full."""
    return b"{}"


def allow(reason: str) -> bytes:
    """The call may run without a prompt; the client's own deny and ask rules still hold."""
    return _permission("allow", reason, {})


def deny(reason: str) -> bytes:
    """The call may not run; the agent reads why and goes on."""
    return _permission("deny", reason, {})


def stop(reason: str) -> bytes:
    """The call may not run and the turn ends here. ``continue: false`` alone would run it."""
    return _permission("deny", reason, {"continue": False, "stopReason": capped(reason)})


def defer(reason: str) -> bytes:
    """The run ends and the call is kept: it is asked again when the session is resumed."""
    return _permission("defer", reason, {})


def block_prompt(reason: str) -> bytes:
    """The prompt is not given to the model."""
    return _dump({"decision": "block", "reason": capped(reason)})


def stop_batch(reason: str) -> bytes:
    """The model is not asked again after this batch."""
    return _dump({"continue": False, "stopReason": capped(reason), **_block(reason)})


def block_configuration(reason: str) -> bytes:
    """The changed settings are not taken on."""
    return _dump(_block(reason))


def decline_permission(reason: str) -> bytes:
    """Nobody is there to be asked: the prompt is answered with no."""
    decision = {"behavior": "deny", "message": capped(reason)}
    return _dump(
        {"hookSpecificOutput": {"hookEventName": "PermissionRequest", "decision": decision}}
    )


def block_unknown(reason: str) -> bytes:
    """The form every event that can be blocked understands."""
    return _dump(_block(reason))


def end_turn(reason: str) -> bytes:
    """After something already happened: no further request to the model."""
    return _dump({"continue": False, "stopReason": capped(reason)})


def explain(ok: bool, message: str) -> bytes:
    """Context that the model reads beside a result."""
    event = "PostToolUse" if ok else "PostToolUseFailure"
    specific: dict[str, Json] = {"hookEventName": event, "additionalContext": capped(message)}
    return _dump({"hookSpecificOutput": specific})


def respond(signal: s.Signal, answer: Answer) -> bytes:
    """The bytes that tell the client ``answer`` to ``signal``."""
    match answer:
        case Allow(message=message) if isinstance(signal, s.CallRequested):
            return allow(message)
        case Defer(message=message) if isinstance(signal, s.CallRequested):
            return defer(message)
        case Halt(message=message) if isinstance(signal, s.CallRequested):
            return stop(message)
        case Explain(message=message) if isinstance(signal, s.CallFinished):
            return explain(signal.ok, message)
        case Proceed() if isinstance(signal, s.PermissionAsked):
            return decline_permission(_NOBODY)
        case Hold(message=message) | Refuse(message=message) | Halt(message=message):
            return _refusal(signal, message)
        case Proceed() if not isinstance(signal, s.CallRequested):
            return nothing()
    return _refusal(signal, "Remit gave no clear answer to this, so it may not happen.")


def _refusal(signal: s.Signal, message: str) -> bytes:
    match signal:
        case s.CallRequested():
            return deny(message)
        case s.PromptGiven():
            return block_prompt(message)
        case s.BatchFinished():
            return stop_batch(message)
        case s.ConfigurationTouched():
            return block_configuration(message)
        case s.PermissionAsked():
            return decline_permission(message)
        case s.Unknown(guarded=True):
            return block_unknown(message)
    return end_turn(message)


def capped(text: str) -> str:
    """``text`` in at most :data:`MAX_TEXT` UTF-16 units, without control characters that would
    move a terminal's cursor."""
    if len(text) <= MAX_TEXT and text.isascii() and text.isprintable():
        return text
    shown = "".join(c if c in "\n\t" or c.isprintable() else _visible(c) for c in text[:MAX_TEXT])
    units = shown.encode("utf-16-le", "replace")
    if len(units) <= 2 * MAX_TEXT and len(text) <= MAX_TEXT:
        return units.decode("utf-16-le", "replace")
    return units[: 2 * (MAX_TEXT - len(_CUT))].decode("utf-16-le", "ignore") + _CUT


def _visible(character: str) -> str:
    return f"\\u{ord(character):04x}"


def _block(reason: str) -> dict[str, Json]:
    return {"decision": "block", "reason": capped(reason)}


def _permission(decision: str, reason: str, more: dict[str, Json]) -> bytes:
    specific: dict[str, Json] = {
        "hookEventName": "PreToolUse",
        "permissionDecision": decision,
        "permissionDecisionReason": capped(reason),
    }
    return _dump({"hookSpecificOutput": specific, **more})


def _dump(value: dict[str, Json]) -> bytes:
    return _ENCODER.encode(value).encode("ascii")


_ENCODER = json.JSONEncoder(separators=(",", ":"))
