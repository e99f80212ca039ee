"""What a tool call would do, read from its input alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from remit.model.json import JsonObject
from remit.model.request import Effect, EffectKind, ToolCall
from remit.policy.shell.facts import facts_of
from remit.policy.shell.invocation import LONGEST_PATH

REQUIRED: dict[str, tuple[str, ...]] = {
    "Bash": ("command",),
    "Monitor": ("command",),
    "Read": ("file_path",),
    "Write": ("file_path", "content"),
    "Edit": ("file_path", "old_string", "new_string"),
    "MultiEdit": ("file_path",),
    "NotebookEdit": ("notebook_path",),
    "NotebookRead": ("notebook_path",),
    "Glob": ("pattern",),
    "Grep": ("pattern",),
    "WebFetch": ("url",),
    "WebSearch": ("query",),
}
"""The text fields each tool cannot do without."""
OPTIONAL: dict[str, tuple[str, ...]] = {
    "LS": ("path",),
    "Glob": ("path",),
    "Grep": ("path", "glob"),
}
"""Text fields that may be absent, and must be text where they are not."""


_PATHS = frozenset({"file_path", "notebook_path"})
_NO_PATH = re.compile("[\0\ud800-\udfff]")


def effects_of(call: ToolCall) -> tuple[Effect, ...]:
    """The effects of ``call``: never empty. A call whose input is not what the tool takes is a
    bare ``CALL``, which :mod:`remit.policy.rules.malformed` refuses."""
    named = Effect(EffectKind.CALL, call.tool)
    if fault_of(call):
        return (named,)
    reader = _READERS.get(call.tool)
    return tuple(reader(call)) if reader else (named,)


def fault_of(call: ToolCall) -> str:
    """What is wrong with the input of ``call``; ``""`` if it is what the tool takes."""
    for name in REQUIRED.get(call.tool, ()):
        value = call.input.get(name)
        if not isinstance(value, str):
            return f"its field {name!r} is missing or not text"
        if not value and name not in ("content", "old_string", "new_string"):
            return f"its field {name!r} is empty"
        if name in _PATHS and (len(value) > LONGEST_PATH or _NO_PATH.search(value)):
            return f"its field {name!r} is no path"
    for name in OPTIONAL.get(call.tool, ()):
        if not isinstance(call.input.get(name, ""), str | None):
            return f"its field {name!r} is not text"
    return ""


def _text(values: JsonObject, name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _shell(call: ToolCall) -> Iterator[Effect]:
    yield from facts_of(_text(call.input, "command"), call.cwd).effects


def _path(kind: EffectKind, *fields: str) -> Callable[[ToolCall], Iterator[Effect]]:
    def read(call: ToolCall) -> Iterator[Effect]:
        written = next((text for name in fields if (text := _text(call.input, name))), ".")
        yield Effect(kind, written, call.tool)

    return read


def _glob(call: ToolCall) -> Iterator[Effect]:
    pattern, folder = _text(call.input, "pattern"), _text(call.input, "path")
    if folder:
        yield Effect(EffectKind.READ, folder, call.tool)
    if pattern.startswith(("/", "~")) or ".." in pattern.split("/"):
        yield Effect(EffectKind.READ, pattern, call.tool)
    elif not folder:
        yield Effect(EffectKind.READ, ".", call.tool)


def _grep(call: ToolCall) -> Iterator[Effect]:
    yield Effect(EffectKind.READ, _text(call.input, "path") or ".", call.tool)
    names = _text(call.input, "glob")
    if names:
        yield Effect(EffectKind.READ, f"{_text(call.input, 'path') or '.'}/{names}", call.tool)


def _web(call: ToolCall) -> Iterator[Effect]:
    yield Effect(EffectKind.CONNECT, host_of(_text(call.input, "url")), call.tool)


def _search(call: ToolCall) -> Iterator[Effect]:
    yield Effect(EffectKind.CONNECT, "*", call.tool)


def host_of(url: str) -> str:
    """The host of ``url`` in lower case, ``*`` where it cannot be told."""
    try:
        return (urlsplit(url if "//" in url else f"//{url}").hostname or "*").lower()
    except ValueError:
        return "*"


_READERS: dict[str, Callable[[ToolCall], Iterator[Effect]]] = {
    "Bash": _shell,
    "Monitor": _shell,
    "Read": _path(EffectKind.READ, "file_path"),
    "NotebookRead": _path(EffectKind.READ, "notebook_path"),
    "LS": _path(EffectKind.READ, "path"),
    "Glob": _glob,
    "Grep": _grep,
    "Write": _path(EffectKind.WRITE, "file_path"),
    "Edit": _path(EffectKind.WRITE, "file_path"),
    "MultiEdit": _path(EffectKind.WRITE, "file_path"),
    "NotebookEdit": _path(EffectKind.WRITE, "notebook_path"),
    "WebFetch": _web,
    "WebSearch": _search,
}
