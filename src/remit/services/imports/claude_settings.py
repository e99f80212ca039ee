"""Settings of Claude Code beside its rules: the mode, further folders, its sandbox."""

from __future__ import annotations

from typing import Final

from remit.codec.rule_files import Setting
from remit.model.imports import DraftLine, Fate, Key, Verb
from remit.services.imports.carry import Carry, held, left
from remit.services.imports.paths import Anchors, edit_rule, read_rule

_EXACT = '"exact = true" under [commands], to be asked about every command that free does not name'
_NO_MODE = "Remit decides every call; there is no mode in which it does not"
_ASKS = (
    "Claude Code asks before every command and edit that no rule allows; Remit asks where what a "
    "call would do leaves the contract"
)
_MODES: Final = {
    "default": left(_ASKS, _EXACT),
    "manual": left(_ASKS, _EXACT),
    "plan": left("a contract is the plan that a person agreed to; " + _ASKS, _EXACT),
    "acceptEdits": held("edits inside the scope of the contract run unasked"),
    "dontAsk": Carry(
        Fate.NARROWER,
        (DraftLine(Key.EXACT),),
        "what is not allowed waits for a person, and is refused where nobody answers",
    ),
    "auto": left(_NO_MODE),
    "bypassPermissions": left(_NO_MODE),
}
EDITS_OPEN = frozenset({"acceptEdits", "auto", "bypassPermissions"})
"""Modes in which edits are not asked about, whatever rules allow."""
_CONFINED = "Remit confines every run by its own means"
_HOOKS = "hooks that decide are programs, and Remit does not read what they would say"


def mode_of(text: str) -> Carry:
    """What becomes of ``permissions.defaultMode``."""
    return _MODES.get(text, left("Claude Code has no such mode"))


def directory_rule(text: str, anchors: Anchors) -> Carry:
    """What becomes of an item of ``permissions.additionalDirectories``."""
    path = anchors.home + text[1:] if text.startswith("~/") else text
    inside = not path.startswith("/") and ".." not in path.split("/")
    if inside or path == anchors.root or path.startswith(f"{anchors.root}/"):
        return held("it lies in the repository, which a run may read")
    return left("a run works in one repository: reads elsewhere are asked about, edits refused")


def setting_rule(setting: Setting, anchors: Anchors) -> Carry | None:
    """What becomes of a further setting; None where it bears on no permission, or is a domain."""
    key = setting.key
    if key in ("sandbox.filesystem.denyWrite", "sandbox.filesystem.denyRead"):
        rule = edit_rule if key.endswith("Write") else read_rule
        return rule(_sandbox_path(setting.text), Verb.DENY, anchors)
    if key in _KNOWN:
        return _KNOWN[key]
    if key.startswith("sandbox."):
        return _sandbox(setting)
    if key.startswith(("hooks.PreToolUse", "hooks.PermissionRequest")):
        return left(_HOOKS)
    return left("Remit does not know this setting") if key.startswith("permissions.") else None


def _sandbox_path(text: str) -> str:
    """In a sandbox path one slash is the root of the filesystem."""
    return f"/{text}" if text.startswith("/") and not text.startswith("//") else text


def _sandbox(setting: Setting) -> Carry:
    name = setting.key.rpartition(".")[2]
    opens = name.startswith(("allow", "excluded")) and setting.text not in ("", "false")
    return left("Remit's confinement opens nothing of this kind") if opens else held(_CONFINED)


_KNOWN: Final = {
    "permissions.disableBypassPermissionsMode": held(_NO_MODE),
    "permissions.disableAutoMode": held(_NO_MODE),
    "allowManagedPermissionRulesOnly": held("only managed rules were taken to allow anything"),
    "sandbox.enabled": held(_CONFINED),
    "sandbox.autoAllowBashIfSandboxed": held("each command goes by what it would do"),
    "enableAllProjectMcpServers": left("a contract names each MCP server"),
    "enabledMcpjsonServers": left("a contract names each MCP server with its command or address"),
    "disabledMcpjsonServers": held("no MCP server is started that a contract does not name"),
}
