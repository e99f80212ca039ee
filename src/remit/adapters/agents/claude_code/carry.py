"""What of the user's and the project's set-up goes into a run, and what stays out.

In: instructions, skills, agents, commands, the model, deny and ask rules, the user's own login
helper. Out, and said so: allow rules, hooks, environment, plugins, status line, everything else.
Project files are read at the start commit, where this run cannot have written them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from remit.adapters.agents.claude_code import payloads
from remit.adapters.agents.claude_code.memory import Memory, project_files, user_files
from remit.adapters.agents.claude_code.places import MAX_FILE, Place
from remit.adapters.agents.claude_code.plugin import Plugin, repack
from remit.adapters.agents.claude_code.rules import Rules, narrowing
from remit.adapters.agents.claude_code.telemetry import is_telling
from remit.errors import RemitError
from remit.model.digest import digest_of
from remit.model.events import CarriedItem
from remit.model.json import Json, JsonObject

_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/\[\]-]{0,99}")
_SAID = {
    "hooks": "hooks",
    "env": "environment variables",
    "enabledPlugins": "plugins",
    "statusLine": "status line",
    "mcpServers": "MCP servers (the contract names them)",
    "sandbox": "sandbox settings",
    "outputStyle": "output style",
}
_SILENT = frozenset({"permissions", "model", "$schema", "apiKeyHelper"})


@dataclass(frozen=True, slots=True)
class Setup:
    """The set-up of a run, ready to be written."""

    memory: str
    plugins: tuple[Plugin, ...]
    rules: Rules
    model: str
    key_helper: str
    telemetry: str
    """The settings file in which the user's own telemetry is configured; empty for none."""
    items: tuple[CarriedItem, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """One settings file: its content as an object, and where it came from."""

    place: Place
    label: str
    settings: JsonObject


def carry(user: Place, project: Place, run_dir: str) -> Setup:
    """Gather the set-up. RemitError where the user's own settings cannot be read: their deny
    rules would be lost in silence."""
    memory = Memory()
    memory.gather(user, user_files(user))
    memory.gather(project, project_files(project))
    memory.point_to(project)
    plugins = tuple(repack(place, run_dir) for place in (project, user))
    faults: list[str] = []
    read = _settings(user, project, faults)
    rules = Rules()
    for one in read:
        rules = rules.joined(narrowing(one.settings, one.label, one.place.rules_base))
    model, model_items = _model(read)
    helper, helper_items = _key_helper(read)
    items = (
        *memory.items,
        *(item for plugin in plugins for item in plugin.items),
        *_rule_items(read),
        *model_items,
        *helper_items,
    )
    left_out = (
        *faults,
        *rules.faults,
        *(line for one in read for line in _left_out(one)),
        *_mcp_file(project),
        *_auto_memory(user, project),
        *memory.left_out,
        *(line for plugin in plugins for line in plugin.left_out),
    )
    telemetry = next((one.label for one in read if _is_telling(one)), "")
    return Setup(memory.text, plugins, rules, model, helper, telemetry, items, left_out)


def _is_telling(one: _Read) -> bool:
    """Whether a settings file sends the client's telemetry somewhere; a project's does not count:
    its environment is in force nowhere in a run."""
    env = one.settings.get("env")
    if one.place.scope != "user" or not isinstance(env, Mapping):
        return False
    return is_telling({name: value for name, value in env.items() if isinstance(value, str)})


def _settings(user: Place, project: Place, faults: list[str]) -> tuple[_Read, ...]:
    """All settings files, weakest first: the user's, the project's, the project's local one."""
    found: list[_Read] = []
    for place, path in (
        (user, "settings.json"),
        (project, ".claude/settings.json"),
        (project, ".claude/settings.local.json"),
    ):
        content = place.read(path)
        if content is None:
            continue
        label = place.shown(path)
        try:
            found.append(_Read(place, label, _object(content)))
        except payloads.PayloadFault as fault:
            if place.scope == "user":
                raise RemitError(
                    f"{label} cannot be read ({fault}), so its deny rules would be lost",
                    "mend the file, then start the run again",
                ) from None
            faults.append(f"{label}: cannot be read ({fault}); nothing of it is in force")
    return tuple(found)


def _object(content: bytes) -> JsonObject:
    if len(content) > MAX_FILE:
        raise payloads.PayloadFault(f"over {MAX_FILE // 1024} KiB")
    if not content.strip():
        return {}
    return payloads.parse(content.removeprefix(b"\xef\xbb\xbf"))


def _model(read: Sequence[_Read]) -> tuple[str, tuple[CarriedItem, ...]]:
    for one in reversed(read):
        model = one.settings.get("model")
        if isinstance(model, str) and _MODEL.fullmatch(model):
            return model, (CarriedItem("model", one.label, digest_of(model.encode())),)
    return "", ()


def _key_helper(read: Sequence[_Read]) -> tuple[str, tuple[CarriedItem, ...]]:
    """A login through the user's own helper keeps working; a project's is never run."""
    for one in read:
        helper = one.settings.get("apiKeyHelper")
        if one.place.scope == "user" and isinstance(helper, str) and helper.isprintable():
            digest = digest_of(helper.encode("utf-8", "replace"))
            return helper, (CarriedItem("login helper", one.label, digest),)
    return "", ()


def _rule_items(read: Sequence[_Read]) -> Iterator[CarriedItem]:
    for one in read:
        rules = narrowing(one.settings, one.label, one.place.rules_base)
        if rules.deny or rules.ask:
            text = json.dumps([rules.deny, rules.ask]).encode()
            yield CarriedItem("deny and ask rules", one.label, digest_of(text))


def _left_out(one: _Read) -> Iterator[str]:
    allowed = _count(_member(one.settings.get("permissions"), "allow"))
    if allowed:
        yield f"{one.label}: {allowed} allow rules (the contract decides instead)"
    if one.place.scope == "project" and "apiKeyHelper" in one.settings:
        yield f"{one.label}: apiKeyHelper (a project's command is not run to log in)"
    for key, said in _SAID.items():
        if one.settings.get(key):
            yield f"{one.label}: {said}"
    others = sorted(set(one.settings) - set(_SAID) - _SILENT)
    if others:
        shown = ", ".join(repr(key[:40]) for key in others[:6]) + (" …" if others[6:] else "")
        yield f"{one.label}: {shown}"


def _mcp_file(project: Place) -> Iterator[str]:
    if project.read(".mcp.json") is not None:
        yield ".mcp.json: MCP servers start only where the contract names them"


def _auto_memory(user: Place, project: Place) -> Iterator[str]:
    """What the client lets agents note for later ones: written by agents, outside the tree."""
    folder = f"projects/{re.sub('[^A-Za-z0-9]', '-', project.rules_base)}/memory"
    if user.read(f"{folder}/MEMORY.md") is not None:
        yield f"{user.shown(folder)}: notes of earlier agents"


def _member(value: Json, key: str) -> Json:
    return value.get(key) if isinstance(value, Mapping) else None


def _count(value: Json) -> int:
    return len(value) if isinstance(value, Sequence) and not isinstance(value, str) else 0
