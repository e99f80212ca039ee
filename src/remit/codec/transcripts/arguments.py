"""Arguments of a past call in one spelling, without what only describes the call.

What stands for a text is Python's hash of it: equal within one process, and good for nothing
outside of it.
"""

from __future__ import annotations

import msgspec

from remit.codec.transcripts.sink import Asked

DESCRIBING = frozenset({"description", "timeout", "run_in_background"})
"""Keys of a command that models fill anew for the same command."""
_COMMANDS = frozenset({"Bash", "run_shell_command", "shell", "shell_command", "exec_command"})

_PATCH = "apply_patch"
_HEADER = "*** "
_UPDATE = "*** Update File: "

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder(order="deterministic").encode


def asked_of(call: str, tool: str, arguments: bytes) -> Asked:
    """The call with its canonical arguments and, for edits, what was replaced and put."""
    try:
        given = _decode(arguments)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Asked(call, tool, standing_for((tool, arguments)), given=arguments)
    if not isinstance(given, dict):
        return Asked(call, tool, standing_for((tool, arguments)), given=arguments)
    if tool == _PATCH and isinstance(patch := given.get("input"), str):
        return _patched(call, patch, arguments)
    if tool in _COMMANDS:
        given = {key: value for key, value in given.items() if key not in DESCRIBING}
    number = _number(tool, given)
    subject = given.get("file_path") or given.get("notebook_path") or given.get("path")
    subject = subject or given.get("absolute_path")
    if not isinstance(subject, str):
        return Asked(call, tool, number, given=arguments)
    before, after = given.get("old_string"), given.get("new_string", given.get("content"))
    return Asked(call, tool, number, subject, _text(before), _text(after), arguments)


def _patched(call: str, patch: str, arguments: bytes) -> Asked:
    """A patch puts its lines in place of those it takes out; one that adds or deletes whole files
    is no edit of what is there."""
    lines = patch.splitlines()
    heads = [line for line in lines if line.startswith(_HEADER)]
    subject = "\0".join(line.removeprefix(_UPDATE) for line in heads if line.startswith(_UPDATE))
    number = standing_for((_PATCH, patch))
    if any(line.startswith(("*** Add File: ", "*** Delete File: ")) for line in heads):
        return Asked(call, _PATCH, number, given=arguments)
    before = "\n".join(line[1:] for line in lines if line.startswith((" ", "-")))
    after = "\n".join(line[1:] for line in lines if line.startswith((" ", "+")))
    return Asked(call, _PATCH, number, subject, _text(before), _text(after), arguments)


def standing_for(value: object) -> int:
    """What stands for ``value`` in this process; never 0."""
    return hash(value) or 1


def _number(tool: str, given: dict[str, object]) -> int:
    """Of texts alone no spelling has to be made."""
    if all(type(value) is str for value in given.values()):
        return standing_for((tool, *sorted(given.items())))
    return standing_for((tool, _encode(given)))


def _text(value: object) -> int:
    return standing_for(value) if value and isinstance(value, str) else 0
