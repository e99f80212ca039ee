"""The client's own folder in a run: what it keeps there stays, what steers it cannot be written.

With a key in the environment the folder is one of the run. A sign-in lies in the user's folder:
there an empty folder of the run stands in for it, in which the user's sessions and login appear.
What is written beside them (settings, hooks, plugins, commands, agents, skills, memory) is gone
with the run.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from remit.adapters.agents.protocol import AgentPlaces, PrivateFile

_KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN")
_KEPT_FOLDERS = ("projects", "sessions", "todos", "tasks", "plans", "file-history", "statsig")
_LOGIN = ".credentials.json"
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
    return _signed_in(variables, folder, state, scratch)


def _signed_in(variables: Mapping[str, str], folder: str, state: str, scratch: str) -> ConfigPlace:
    if not Path(folder).is_dir():
        return ConfigPlace(variables, AgentPlaces(shown=(folder,)))
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
