"""Rules of Claude Code that name a whole tool, or tools of MCP servers."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase

from remit.model.imports import DraftLine, Fate, Key, Verb
from remit.policy.effects import REQUIRED
from remit.policy.rules.tools import HARMLESS, REFUSED
from remit.services.imports.carry import Carry, carried, held, left

EDITORS = ("Edit", "Write", "MultiEdit", "NotebookEdit")
READERS = ("Glob", "Grep", "LS", "NotebookRead")
_SHELLS = ("Bash", "Monitor")
_WEB = ("WebFetch", "WebSearch")
_KNOWN = tuple(sorted(HARMLESS | REFUSED.keys() | REQUIRED.keys() | {"LS"}))
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}")
_NO_QUESTION = "Remit has no question for this tool: it refuses"
_BY_SCOPE = "edits go by the scope of the contract, which a person starts"


def tool_rule(name: str, verb: Verb) -> Carry:
    """What becomes of a rule for all uses of a tool."""
    if name.startswith("mcp__"):
        return mcp_rule(name, verb)
    if "*" in name:
        return _named_by_wildcard(name, verb)
    if not _NAME.fullmatch(name):
        return left("it names no tool")
    for names, found in _READ_BY.items():
        if name in names:
            return found(name, verb)
    return _other(name, verb)


def mcp_rule(name: str, verb: Verb) -> Carry:
    """What becomes of a rule for a server, or for tools of one."""
    if verb is not Verb.ALLOW:
        return held("MCP servers and their tools are refused unless a contract names them")
    server = name.removeprefix("mcp__").partition("__")[0]
    why = "a contract names a server with its command or address, which this file does not"
    return left(why, f"a table [mcp.{server}] with its command or url, and its tools")


def _named_by_wildcard(name: str, verb: Verb) -> Carry:
    if verb is Verb.ALLOW:
        return left("Claude Code skips an allow rule with a wildcard in the name of its tool")
    names = [known for known in _KNOWN if fnmatchcase(known, name)]
    if not names:
        return left("no tool that Remit knows is called so")
    lines = tuple(DraftLine(Key.TOOLS, known) for known in names)
    return Carry(Fate.PART, lines, "a policy names tools one by one: these are those Remit knows")


def _shell(name: str, verb: Verb) -> Carry:
    match verb:
        case Verb.ASK:
            return Carry(Fate.CARRIED, (DraftLine(Key.EXACT),))
        case Verb.DENY:
            return carried(Key.TOOLS, *_SHELLS)
    why = "each command goes by what it would do: what cannot be told is asked about"
    return Carry(Fate.NARROWER, (), why)


def _reader(name: str, verb: Verb) -> Carry:
    match verb:
        case Verb.ASK:
            return left("Remit has no question for every read")
        case Verb.DENY:
            return carried(Key.NEVER_READ, "**", why="commands read nothing either")
    why = "everything in the repository but secrets; elsewhere Remit asks"
    return Carry(Fate.NARROWER, (), why)


def _editor(name: str, verb: Verb) -> Carry:
    match verb:
        case Verb.ASK:
            return left(_BY_SCOPE)
        case Verb.DENY:
            lines = tuple(DraftLine(Key.TOOLS, tool) for tool in EDITORS)
            why = "no tool edits, and a command that tries ends the run"
            return Carry(Fate.NARROWER, (DraftLine(Key.NEVER_EDIT, "**"), *lines), why)
    return Carry(Fate.NARROWER, (), _BY_SCOPE)


def _web(name: str, verb: Verb) -> Carry:
    match verb:
        case Verb.ASK:
            return held("no host is reached that a contract does not name")
        case Verb.DENY:
            return carried(Key.TOOLS, name)
    return left("no contract opens every host", "hosts by name, under network.hosts")


def _other(name: str, verb: Verb) -> Carry:
    known = name in HARMLESS or name in REQUIRED or name == "LS"
    match verb:
        case Verb.DENY:
            return carried(Key.TOOLS, name)
        case Verb.ASK:
            if known:
                return carried(Key.TOOLS, name, why=_NO_QUESTION)
            return held("Remit asks about a tool it does not know, or refuses it")
    if known:
        return held("it needs no line, or goes by the paths it is given")
    return left("Remit does not know what it does", f'"{name}" under tools.allow of a contract')


_READ_BY: dict[tuple[str, ...], Callable[[str, Verb], Carry]] = {
    ("Bash",): _shell,
    ("Read",): _reader,
    ("Edit",): _editor,
    _WEB: _web,
}
