"""The client's own folder in a run: what it keeps there stays, what steers it cannot be written.

With a key in the environment the folder is one of the run. A sign-in lies in the user's folder:
there an empty folder of the run stands in for it, in which the user's sessions and login appear.
What is written beside them (settings, hooks, plugins, commands, agents, skills, memory) is gone
with the run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from remit.adapters.agents.protocol import AgentPlaces, PrivateFile
from remit.model.steering import KnownBy, Steers

_KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN")
_KEPT_FOLDERS = ("projects", "sessions", "todos", "tasks", "plans", "file-history", "statsig")
_LOGIN = ".credentials.json"
_STEERING = (
    *("settings.json", "settings.local.json", "CLAUDE.md", "CLAUDE.local.md", "keybindings.json"),
    *("hooks", "commands", "agents", "skills", "output-styles", "rules", "workflows"),
    *("plugins/installed_plugins.json", "plugins/known_marketplaces.json", "plugins/config.json"),
)
_PLUGIN_CODE = ("marketplaces", "repos", "cache")
"""Beside them the client keeps a store of its own, which it writes in the ordinary course."""
_STEERING_STATE = (
    *("mcpServers", "mcpContextUris", "enabledMcpjsonServers", "disabledMcpjsonServers"),
    *("enableAllProjectMcpServers", "allowedTools", "ignorePatterns", "hooks", "env"),
    *("apiKeyHelper", "hasTrustDialogAccepted", "bypassPermissionsModeAccepted"),
    *("hasClaudeMdExternalIncludesApproved", "customApiKeyResponses"),
)
"""Members of the client's state file that say what it trusts and starts; the rest is its own."""
_STATE = ".claude.json"
_STATE_LIMIT = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ConfigPlace:
    """``variables`` are the agent's, ``files`` are to be written before it starts."""

    variables: Mapping[str, str]
    places: AgentPlaces
    files: tuple[PrivateFile, ...] = ()


def config_place(variables: Mapping[str, str], home: str, scratch: str, helper: str) -> ConfigPlace:
    """Where the client keeps its own things. ``helper`` is the user's key helper, "" if none."""
    if not helper and any(variables.get(name) for name in _KEYS):
        own = {**variables, "CLAUDE_CONFIG_DIR": f"{scratch}/claude"}
        return ConfigPlace(own, AgentPlaces())
    named = variables.get("CLAUDE_CONFIG_DIR")
    folder = os.path.realpath(named or f"{home}/.claude")
    state = f"{folder}/{_STATE}" if named else os.path.realpath(f"{home}/{_STATE}")
    if not Path(folder).is_dir():
        return ConfigPlace(variables, AgentPlaces(shown=(folder,)))
    if not named and not Path(state).is_file():
        # Nothing can be made in the home folder of a confined client, but here it can.
        state, variables = f"{folder}/{_STATE}", {**variables, "CLAUDE_CONFIG_DIR": folder}
    return _signed_in(variables, folder, state, scratch)


def steering(environ: Mapping[str, str], home: str, root: str) -> tuple[Steers, ...]:
    """What of the user's own folder says what the client does in its next sessions, among it the
    memory of each project and of the one at ``root``; not its sessions, caches and login."""
    named = environ.get("CLAUDE_CONFIG_DIR")
    folder = named or f"{home}/.claude"
    mine = f"{folder}/projects/{re.sub(r'[^A-Za-z0-9]', '-', root)}/memory"
    memory = sorted({mine, *(str(path) for path in Path(folder).glob("projects/*/memory"))})
    return (
        *(Steers(f"{folder}/{name}") for name in _STEERING),
        *(Steers(path) for path in memory),
        *(Steers(f"{folder}/plugins/{name}", known_by=KnownBy.STATUS) for name in _PLUGIN_CODE),
        Steers(f"{named or home}/{_STATE}", _STEERING_STATE),
    )


def _signed_in(variables: Mapping[str, str], folder: str, state: str, scratch: str) -> ConfigPlace:
    stand_in = f"{scratch}/claude"
    kept = [f"{folder}/{name}" for name in (*_KEPT_FOLDERS, _LOGIN)]
    there = tuple(path for path in kept if os.path.realpath(path) == path and Path(path).exists())
    beside = ((f"{stand_in}/{_STATE}", state),) if not state.startswith(f"{folder}/") else ()
    covered = ((stand_in, folder), *((path, path) for path in there), *beside)
    places = AgentPlaces(there, (folder,), covered)
    return ConfigPlace(variables, places, (PrivateFile(f"{stand_in}/{_STATE}", _read(state)),))


def _read(state: str) -> bytes:
    """The client's state as it is: which account is signed in, that its first questions are
    answered."""
    try:
        with Path(state).open("rb") as file:
            data = file.read(_STATE_LIMIT + 1)
    except OSError:
        return b"{}"
    return data if len(data) <= _STATE_LIMIT else b"{}"
