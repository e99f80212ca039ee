"""The one settings file of a run. One bad field would make the client drop all of it in silence,
so what goes in is checked here, and no call is trusted before the first hook arrives."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeAlias

from remit.adapters.agents.claude_code.rules import Rules
from remit.errors import RemitError
from remit.model.json import Json

HTTP_EVENTS = (
    "UserPromptSubmit",
    "PreToolUse",
    "PermissionRequest",
    "PostToolUse",
    "PostToolUseFailure",
    "PostToolBatch",
    "SubagentStart",
    "SubagentStop",
    "Stop",
    "StopFailure",
    "ConfigChange",
    "PreCompact",
    "SessionEnd",
)
"""Every event we hear over HTTP. SessionStart cannot be one: the client skips it silently."""

HOOK_SECONDS = 30
"""An answer takes milliseconds; this bounds a stalled disk, after which the client blocks."""
START_SECONDS = 15

_URL = re.compile(r"http://127\.0\.0\.1:\d{1,5}/[A-Za-z0-9/_-]{0,100}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,200}")
_Object: TypeAlias = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Hooks:
    """Where hooks go. ``url`` is on loopback and holds no secret, because the client prints it;
    ``token`` is sent as bearer token; ``command`` is the argv of the thin client."""

    url: str
    token: str
    command: tuple[str, ...]
    wait_s: int = 0
    """How long an answer may wait for a person; the client must not give up before that."""


def build(hooks: Hooks, rules: Rules, key_helper: str = "") -> bytes:
    """The settings file. ``key_helper`` is the user's own ``apiKeyHelper``, kept so that a login
    through one still works. The client's own memory is off: it asks the agent to write outside the
    tree. Commands inside skills are off: they run before any guard is asked. So is the question to
    the provider before a page is fetched: only the model's door leads there, and which hosts are
    fetched from is the contract's to say."""
    _check(hooks)
    settings: _Object = {
        "disableAllHooks": False,
        "disableAgentView": True,
        "disableSkillShellExecution": True,
        "autoMemoryEnabled": False,
        "skipWebFetchPreflight": True,
        "permissions": {
            "allow": [],
            "deny": list(rules.deny),
            "ask": list(rules.ask),
            "defaultMode": "default",
            "disableBypassPermissionsMode": "disable",
            "disableAutoMode": "disable",
        },
        "hooks": _events(hooks),
    }
    if key_helper:
        settings["apiKeyHelper"] = key_helper
    return json.dumps(settings, indent=1).encode("ascii") + b"\n"


def _events(hooks: Hooks) -> _Object:
    """No matcher and no ``if``: both are best effort, and the guard sees every call."""
    events: _Object = {name: _group(_http(hooks)) for name in HTTP_EVENTS}
    events["SessionStart"] = _group(_command(hooks.command))
    return events


def _group(handler: _Object) -> Sequence[Json]:
    return [{"hooks": [handler]}]


def _http(hooks: Hooks) -> _Object:
    return {
        "type": "http",
        "url": hooks.url,
        "headers": {"Authorization": f"Bearer {hooks.token}"},
        "timeout": HOOK_SECONDS + hooks.wait_s,
        "onFailure": "block",
    }


def _command(argv: tuple[str, ...]) -> _Object:
    return {
        "type": "command",
        "command": argv[0],
        "args": list(argv[1:]),
        "timeout": START_SECONDS,
        "onFailure": "block",
    }


def _check(hooks: Hooks) -> None:
    """Faults here are ours, never the user's; they must not reach the client all the same."""
    if not _URL.fullmatch(hooks.url):
        raise RemitError("the hook address is not one of ours on loopback")
    if not _TOKEN.fullmatch(hooks.token):
        raise RemitError("the hook token has an unexpected form")
    if not hooks.command or not PurePosixPath(hooks.command[0]).is_absolute():
        raise RemitError("the start hook needs the absolute path of its interpreter")
