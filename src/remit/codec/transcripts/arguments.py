"""Arguments of a past call in one spelling, without what only describes the call."""

from __future__ import annotations

import msgspec

from remit.codec.transcripts.sink import Asked

DESCRIBING = frozenset({"description", "timeout", "run_in_background"})
"""Keys of a command that models fill anew for the same command."""
_COMMANDS = frozenset({"Bash", "run_shell_command", "shell", "exec_command"})

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder(order="deterministic").encode


def asked_of(call: str, tool: str, arguments: bytes) -> Asked:
    """The call with its canonical arguments and, for edits, what was replaced and put."""
    try:
        given = _decode(arguments)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Asked(call, tool, arguments)
    if not isinstance(given, dict):
        return Asked(call, tool, arguments)
    if tool in _COMMANDS:
        given = {key: value for key, value in given.items() if key not in DESCRIBING}
    spelled = _encode(given)
    subject = given.get("file_path") or given.get("notebook_path") or given.get("path")
    if not isinstance(subject, str):
        return Asked(call, tool, spelled)
    before, after = given.get("old_string"), given.get("new_string", given.get("content"))
    return Asked(call, tool, spelled, subject, _bytes(before), _bytes(after))


def _bytes(text: object) -> bytes:
    return text.encode("utf-8", "replace") if isinstance(text, str) else b""
