"""Permission rules of Claude Code as a draft of a policy.

Claude Code: a call is refused where a deny rule of any file matches, else asked about where an ask
rule does, else free where an allow rule does; which file a rule stands in makes no difference. What
no rule matches goes by the mode. Remit's lists rank the same way, and what no list names goes by
what the call would do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from remit.codec.claude_settings import ClaudeSettings
from remit.codec.rule_files import Setting
from remit.model.imports import Entry, Imported, Place, Source, SourceRule, Verb
from remit.model.untrusted import Untrusted
from remit.services.imports.carry import Carry, held, left, sound
from remit.services.imports.claude_settings import (
    EDITS_OPEN,
    directory_rule,
    mode_of,
    setting_rule,
)
from remit.services.imports.claude_tools import EDITORS, READERS, mcp_rule, tool_rule
from remit.services.imports.commands import command_rule
from remit.services.imports.hosts import Wish, host_rules
from remit.services.imports.paths import Anchors, edit_rule, read_rule

_RULE = re.compile(r"([^()\s]+)(?:\((.*)\))?", re.DOTALL)
_TAKEN = "Claude Code never consults this rule; it is taken as one for Read or Edit"
_UNUSED = "Claude Code never consults this rule"


@dataclass(frozen=True, slots=True)
class ClaudeFile:
    """One settings file. ``managed``: an administrator's, which rules of others cannot widen."""

    name: str
    settings: ClaudeSettings
    anchors: Anchors
    managed: bool = False


class _Rule(NamedTuple):
    """``within`` is what stands in brackets, ``""`` for all uses of the tool."""

    tool: str
    within: str


@dataclass(frozen=True, slots=True)
class _Bearing:
    """What all files together say that bears on single rules."""

    mode: str
    asks_all: bool
    edits_open: bool
    commands_too: bool
    managed_only: bool


def import_claude(files: Sequence[ClaudeFile]) -> Imported:
    """The draft. ``files`` come strongest first: the first mode counts, all rules do."""
    bearing = _bearing(files)
    wishes = [wish for file in files for wish in _wishes(file)]
    entries = [entry for file in files for entry in _entries(file, bearing)]
    if files and not any(file.settings.mode for file in files):
        place = Place(Untrusted(files[0].name), 0)
        rule = SourceRule(Verb.SETTING, Untrusted("defaultMode: default"), place)
        entries.append(mode_of("default").of(rule))
    entries += host_rules(wishes, commands_too=bearing.commands_too)
    names = tuple(Untrusted(file.name) for file in files)
    order = [file.name for file in files]
    entries.sort(key=lambda entry: (order.index(entry.rule.place.file.text), _line(entry)))
    return Imported(Source.CLAUDE_SETTINGS, names, sound(entries))


def _line(entry: Entry) -> int:
    return entry.rule.place.line or 10**9


def _bearing(files: Sequence[ClaudeFile]) -> _Bearing:
    modes = [file.settings.mode.text for file in files if file.settings.mode]
    mode = modes[0] if modes else "default"
    allowed = {_read(one.text) for file in files for one in file.settings.allow}
    asked = {_read(one.text) for file in files for one in file.settings.ask}
    boxed = any(file.settings.says("sandbox.enabled", "true") for file in files)
    asks = any(file.settings.says("sandbox.autoAllowBashIfSandboxed", "false") for file in files)
    return _Bearing(
        mode,
        asks_all=_Rule("Bash", "") in asked,
        edits_open=mode in EDITS_OPEN or _Rule("Edit", "") in allowed,
        commands_too=mode == "dontAsk" or (boxed and not asks),
        managed_only=any(
            file.managed and file.settings.says("allowManagedPermissionRulesOnly", "true")
            for file in files
        ),
    )


def _read(text: str) -> _Rule | None:
    found = _RULE.fullmatch(text.strip())
    if found is None:
        return None
    within = (found[2] or "").strip()
    return _Rule(found[1], "" if within in ("*", ":*") else within)


def _entries(file: ClaudeFile, bearing: _Bearing) -> Iterator[Entry]:
    settings, anchors = file.settings, file.anchors
    for verb, rules in (
        (Verb.DENY, settings.deny),
        (Verb.ASK, settings.ask),
        (Verb.ALLOW, settings.allow),
    ):
        for one in rules:
            if not _is_domain(one):
                rule = _source(verb, one.text, file, one)
                yield _carry(_read(one.text), verb, file, bearing).of(rule)
    if settings.mode:
        counts = settings.mode.text == bearing.mode
        carry = mode_of(bearing.mode) if counts else left("the mode of a stronger file counts")
        yield carry.of(_named(file, settings.mode))
    for one in settings.directories:
        yield directory_rule(one.text, anchors).of(_named(file, one))
    yield from _further(file)


def _further(file: ClaudeFile) -> Iterator[Entry]:
    silent: dict[str, Setting] = {}
    hooks: set[str] = set()
    for one in (one for one in file.settings.others if not _is_domain(one)):
        carry = setting_rule(one, file.anchors)
        event = ".".join(one.key.split(".")[:2])
        if one.key.startswith("hooks.") and carry:
            if event not in hooks:
                yield carry.of(_source(Verb.SETTING, event, file, one))
            hooks.add(event)
        elif carry:
            verb = Verb.DENY if ".deny" in one.key else Verb.SETTING
            yield carry.of(_named(file, one, verb))
        elif not one.key.startswith("$"):
            silent.setdefault(one.key.partition(".")[0], one)
    if silent:
        first = next(iter(silent.values()))
        rule = _source(Verb.SETTING, ", ".join(silent), file, first)
        yield held("these settings allow and refuse nothing").of(rule)


def _carry(rule: _Rule | None, verb: Verb, file: ClaudeFile, bearing: _Bearing) -> Carry:
    if rule is None:
        return left("it is no rule: Tool, or Tool(what)")
    if verb is Verb.ALLOW and bearing.managed_only and not file.managed:
        return left("an administrator lets managed rules alone allow anything")
    if not rule.within:
        return tool_rule(rule.tool, verb)
    if rule.tool == "Bash":
        if verb is Verb.ALLOW and bearing.asks_all:
            return left("another rule asks about every command")
        return command_rule(rule.within, verb)
    if rule.tool in ("Read", *READERS):
        return _path(rule, verb, read_rule(rule.within, verb, file.anchors))
    if rule.tool in EDITORS:
        if verb is Verb.ALLOW and bearing.edits_open:
            return held("edits go by the scope of the contract")
        return _path(rule, verb, edit_rule(rule.within, verb, file.anchors))
    if rule.tool.startswith("mcp__"):
        return mcp_rule(rule.tool, verb)
    return left("Remit's lists name tools as a whole, and commands, paths and hosts")


def _path(rule: _Rule, verb: Verb, carry: Carry) -> Carry:
    """Rules with a path count for two tools alone; a refusal is taken as it was meant."""
    if rule.tool in ("Read", "Edit"):
        return carry
    if verb is Verb.ALLOW:
        return left(_UNUSED)
    return Carry(carry.fate, carry.lines, "; ".join(filter(None, (_TAKEN, carry.why))))


_DOMAIN = re.compile(r"WebFetch\(\s*domain:(.*)\)", re.DOTALL)
_SANDBOX_DOMAINS = {
    "sandbox.network.allowedDomains": Verb.ALLOW,
    "sandbox.network.deniedDomains": Verb.DENY,
}


def _is_domain(setting: Setting) -> bool:
    named = _DOMAIN.fullmatch(setting.text.strip()) is not None
    return setting.key in _SANDBOX_DOMAINS or (named and setting.key.startswith("permissions."))


def _wishes(file: ClaudeFile) -> Iterator[Wish]:
    settings = file.settings
    for verb, rules in (
        (Verb.DENY, settings.deny),
        (Verb.ASK, settings.ask),
        (Verb.ALLOW, settings.allow),
    ):
        for one in rules:
            if found := _DOMAIN.fullmatch(one.text.strip()):
                yield Wish(_source(verb, one.text, file, one), found[1])
    for one in settings.others:
        if one.key in _SANDBOX_DOMAINS and one.text:
            verb = _SANDBOX_DOMAINS[one.key]
            yield Wish(_named(file, one, verb), one.text)


def _named(file: ClaudeFile, setting: Setting, verb: Verb = Verb.SETTING) -> SourceRule:
    return _source(verb, f"{setting.key.rpartition('.')[2]}: {setting.text}", file, setting)


def _source(verb: Verb, text: str, file: ClaudeFile, setting: Setting) -> SourceRule:
    return SourceRule(verb, Untrusted(text), Place(Untrusted(file.name), setting.line))
