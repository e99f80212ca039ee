"""Calls as Codex CLI records them, in the words its hooks use: commands are ``Bash``, and a patch
is one edit for each file it names."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Iterator, Sequence

from remit.adapters.agents.claude_code import payloads as p
from remit.adapters.agents.rewritten import rewritten
from remit.model.backtest import RecordedCall
from remit.model.json import Json, JsonObject
from remit.model.request import ToolCall

_SHELLS = frozenset({"bash", "sh", "zsh"})
_RUN_OPTIONS = frozenset({"-c", "-lc", "-ic", "-lic"})
_PATCHES = re.compile(r"\s*(?:cd\s+(?P<folder>[\w./~-]+)\s*&&\s*)?(?:apply_patch|applypatch)\b")
_FILE = re.compile(
    r"^\*\*\* (?P<kind>Add File|Update File|Delete File|Move to): (?P<path>[^\r\n]+)", re.MULTILINE
)
_FOLDERS = ("workdir", "working_directory", "cwd")

Made = Iterator[tuple[str, JsonObject]]


def recorded(call: RecordedCall) -> tuple[ToolCall, ...] | None:
    """The calls in ``call``; None where it is no call that can be read."""
    try:
        given = p.parse(call.given)
        return rewritten(call, given, _folder(given), _TOOLS.get(call.tool))
    except p.PayloadFault:
        return None


def _folder(given: JsonObject) -> str:
    """Where the call says it runs; ``""`` where it does not."""
    action = given.get("action")
    places = (given, action) if isinstance(action, dict) else (given,)
    for place in places:
        for name in _FOLDERS:
            written = place.get(name)
            if isinstance(written, str) and written:
                return written
    return ""


def _command(given: JsonObject) -> Made:
    action = given.get("action")
    words = given.get("command", given.get("cmd"))
    if isinstance(action, dict):
        words = action.get("command")
    text = _script(words)
    if text is None:
        return
    patched = _PATCHES.match(text)
    if patched and "*** Begin Patch" in text:
        yield from _edits(text, patched["folder"] or "")
    else:
        yield "Bash", {"command": text}


def _script(words: Json) -> str | None:
    """The command line in one text, a shell's own script where it is given one."""
    if isinstance(words, str):
        return words
    if not isinstance(words, Sequence):
        return None
    texts = [word for word in words if isinstance(word, str)]
    if not texts or len(texts) != len(words):
        return None
    program = posixpath.basename(texts[0])
    if program in _SHELLS and len(texts) == 3 and texts[1] in _RUN_OPTIONS:
        return texts[2]
    return shlex.join(texts)


def _patch(given: JsonObject) -> Made:
    text = given.get("input") or given.get("patch")
    if isinstance(text, str):
        yield from _edits(text, "")


def _edits(patch: str, folder: str) -> Made:
    """A file that moves is deleted where it was and written where it goes."""
    last = ""
    for found in _FILE.finditer(patch):
        path = posixpath.join(folder, found["path"].strip())
        match found["kind"]:
            case "Add File":
                yield "Write", {"file_path": path, "content": ""}
            case "Delete File":
                yield "Bash", {"command": f"rm -- {shlex.quote(path)}"}
            case "Update File":
                yield "Edit", {"file_path": path, "old_string": "", "new_string": ""}
            case _:
                yield "Write", {"file_path": path, "content": ""}
                yield "Bash", {"command": f"rm -- {shlex.quote(last)}"}
        last = path


def _input(given: JsonObject) -> Made:
    """What is typed into a program that runs: nothing typed only asks how far it is."""
    if not given.get("chars"):
        yield "BashOutput", {}


def _search(given: JsonObject) -> Made:
    yield "WebSearch", {"query": "recorded"}


def _plan(given: JsonObject) -> Made:
    yield "TodoWrite", {}


def _read(given: JsonObject) -> Made:
    path = given.get("file_path", given.get("path", given.get("dir_path")))
    if isinstance(path, str):
        yield "Read", {"file_path": path}


def _find(given: JsonObject) -> Made:
    path = given.get("path", given.get("dir_path", "."))
    if isinstance(path, str):
        yield "Grep", {"pattern": "recorded", "path": path or "."}


_TOOLS: dict[str, Callable[[JsonObject], Made]] = {
    "shell": _command,
    "shell_command": _command,
    "local_shell_call": _command,
    "container.exec": _command,
    "exec_command": _command,
    "unified_exec": _command,
    "apply_patch": _patch,
    "write_stdin": _input,
    "update_plan": _plan,
    "view_image": _read,
    "read_file": _read,
    "list_dir": _find,
    "grep_files": _find,
    "web_search": _search,
    "web_search_call": _search,
}
