"""Calls as Gemini CLI records them, in the words of the tools that do the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from remit.adapters.agents.claude_code import payloads as p
from remit.adapters.agents.rewritten import rewritten
from remit.model.backtest import RecordedCall
from remit.model.json import JsonObject
from remit.model.request import ToolCall

_ADDRESS = re.compile(r"https?://[^\s\"'<>)\]}]+")
_FOLDERS = ("directory", "dir_path")

Made = Iterator[tuple[str, JsonObject]]


def recorded(call: RecordedCall) -> tuple[ToolCall, ...] | None:
    """The calls in ``call``; None where it is no call that can be read."""
    try:
        given = p.parse(call.given)
        folder = _text(given, *_FOLDERS) if call.tool == "run_shell_command" else ""
        return rewritten(call, given, folder, _TOOLS.get(call.tool))
    except p.PayloadFault:
        return None


def _text(given: JsonObject, *names: str) -> str:
    values = (given.get(name) for name in names)
    return next((value for value in values if isinstance(value, str) and value), "")


def _command(given: JsonObject) -> Made:
    if command := _text(given, "command"):
        yield "Bash", {"command": command}


def _at(tool: str, *rest: str) -> Callable[[JsonObject], Made]:
    """The tool of ours that takes a file, and texts of no account beside it."""

    def made(given: JsonObject) -> Made:
        if path := _text(given, "file_path", "absolute_path"):
            yield tool, {"file_path": path, **dict.fromkeys(rest, "")}

    return made


def _in(tool: str) -> Callable[[JsonObject], Made]:
    def made(given: JsonObject) -> Made:
        folder = _text(given, "path", "dir_path")
        yield (
            tool,
            {"pattern": _text(given, "pattern") or "*", **({"path": folder} if folder else {})},
        )

    return made


def _many(given: JsonObject) -> Made:
    """Each path or pattern of names is a read of its own."""
    for name in ("paths", "include"):
        listed = given.get(name)
        if isinstance(listed, Sequence) and not isinstance(listed, str):
            yield from (("Read", {"file_path": item}) for item in listed if isinstance(item, str))


def _fetch(given: JsonObject) -> Made:
    for address in _ADDRESS.findall(_text(given, "prompt", "url")):
        yield "WebFetch", {"url": address}


def _search(given: JsonObject) -> Made:
    yield "WebSearch", {"query": "recorded"}


def _remember(given: JsonObject) -> Made:
    yield "Write", {"file_path": "~/.gemini/GEMINI.md", "content": ""}


def _bare(tool: str) -> Callable[[JsonObject], Made]:
    """The tool of ours that does the same, of whose arguments nothing depends."""

    def made(given: JsonObject) -> Made:
        yield tool, {}

    return made


_TOOLS: dict[str, Callable[[JsonObject], Made]] = {
    "run_shell_command": _command,
    "read_file": _at("Read"),
    "write_file": _at("Write", "content"),
    "replace": _at("Edit", "old_string", "new_string"),
    "list_directory": _in("Grep"),
    "glob": _in("Glob"),
    "search_file_content": _in("Grep"),
    "grep_search": _in("Grep"),
    "read_many_files": _many,
    "web_fetch": _fetch,
    "google_web_search": _search,
    "save_memory": _remember,
    "write_todos": _bare("TodoWrite"),
    "update_topic": _bare("TodoWrite"),
    "complete_task": _bare("TodoWrite"),
    "tracker_create_task": _bare("TodoWrite"),
    "tracker_update_task": _bare("TodoWrite"),
    "tracker_add_dependency": _bare("TodoWrite"),
    "tracker_get_task": _bare("TodoRead"),
    "tracker_list_tasks": _bare("TodoRead"),
    "tracker_visualize": _bare("TodoRead"),
    "enter_plan_mode": _bare("EnterPlanMode"),
    "exit_plan_mode": _bare("ExitPlanMode"),
    "invoke_agent": _bare("Agent"),
    "ask_user": _bare("AskUserQuestion"),
    "activate_skill": _bare("Skill"),
    "read_background_output": _bare("BashOutput"),
    "list_background_processes": _bare("BashOutput"),
}
