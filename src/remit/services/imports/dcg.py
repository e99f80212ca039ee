"""Rules of dcg (destructive_command_guard) as a draft of a policy.

dcg lets everything run that no rule of its packs, or of ``overrides.block``, names. An allowlist
lifts such rules and permits nothing by itself: what it names still goes by the agent's own rules,
so that none of it is freed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from remit.codec.rule_files import Setting
from remit.model.imports import (
    DraftLine,
    Entry,
    Fate,
    Imported,
    Key,
    Place,
    Source,
    SourceRule,
    Verb,
)
from remit.model.untrusted import Untrusted
from remit.services.imports.carry import Carry, carried, held, left, sound
from remit.services.imports.commands import fault_of
from remit.services.imports.dcg_packs import pack_rule
from remit.services.imports.regexes import Words, read_words

_LIFTS = "it lifts a rule of dcg and lets nothing run by itself"
_LASTS = "the last word is meant as a whole"
_BEGINS = "of an expression only the words before its first sign are read: they are asked about"
_WARNS = "Remit lets nothing run with a warning alone: it refuses, or asks"


@dataclass(frozen=True, slots=True)
class DcgFile:
    name: str
    settings: tuple[Setting, ...]


def import_dcg(files: Sequence[DcgFile]) -> Imported:
    """The draft; all files count."""
    entries = [entry for file in files for entry in _entries(file)]
    if files:
        always = Setting("packs", "core.git, core.filesystem, which are always on", 0)
        entries.append(pack_rule("core").of(_source(files[0], always, Verb.DENY)))
    names = tuple(Untrusted(file.name) for file in files)
    return Imported(Source.DCG, names, sound(entries))


def _entries(file: DcgFile) -> Iterator[Entry]:
    silent: dict[str, Setting] = {}
    for setting in file.settings:
        verb, carry = _carry(setting)
        if carry is not None:
            yield carry.of(_source(file, setting, verb))
        elif not _is_detail(setting.key):
            silent.setdefault(setting.key.partition(".")[0], setting)
    if silent:
        first = next(iter(silent.values()))
        rule = SourceRule(
            Verb.SETTING, Untrusted(", ".join(silent)), Place(Untrusted(file.name), first.line)
        )
        yield held("these settings allow and refuse nothing by themselves").of(rule)


def _source(file: DcgFile, setting: Setting, verb: Verb) -> SourceRule:
    text = Untrusted(f"{setting.key}: {setting.text}")
    return SourceRule(verb, text, Place(Untrusted(file.name), setting.line))


def _carry(setting: Setting) -> tuple[Verb, Carry | None]:
    key, text = setting.key, setting.text
    if key.startswith("projects."):
        verb = Verb.DENY if ".enabled" in key or ".block" in key else Verb.SETTING
        return verb, left("a policy is that of one repository", "import it there")
    if not text:
        return Verb.SETTING, None
    name = key.rpartition(".")[2]
    if key in ("overrides.block", "overrides.block.pattern"):
        return Verb.DENY, _blocked(text)
    if key == "packs.enabled" or (key.startswith("agents.") and name == "extra_packs"):
        return Verb.DENY, pack_rule(text)
    if key == "packs.custom_paths":
        return Verb.DENY, left("packs of one's own are not read", "their commands, under never")
    if name in ("disabled", "disabled_packs"):
        return Verb.SETTING, Carry(Fate.NARROWER, (), "nothing that Remit holds is switched off")
    if key.startswith(("policy.rules.", "policy.packs.")) and text == "deny":
        return Verb.DENY, left("its commands stand in dcg", "them, under commands.never")
    if key.startswith("policy."):
        return Verb.SETTING, _mode(text)
    if _is_allowance(key):
        return Verb.ALLOW, _lifted(key, text)
    return Verb.SETTING, None


def _is_allowance(key: str) -> bool:
    if key.startswith("allow."):
        return key.endswith((".rule", ".exact_command", ".command_prefix", ".pattern"))
    if key.startswith("agents."):
        return key.endswith(".additional_allowlist")
    listed = ("overrides.allow", "overrides.allowlist", "overrides.allowlist_rules")
    return key.removesuffix(".pattern") in listed


def _is_detail(key: str) -> bool:
    """Whether a setting belongs to a rule that is told of already: its reason, its end."""
    return key.startswith(("overrides.", "allow."))


def _mode(text: str) -> Carry:
    if text in ("warn", "log"):
        return Carry(Fate.NARROWER, (), _WARNS)
    return held("Remit goes by what a command would do")


def _lifted(key: str, text: str) -> Carry:
    words = Words((text,), whole=True, bound=True)
    if not key.endswith((".exact_command", ".command_prefix", ".rule")):
        words = read_words(text)
    plain = words.whole and not any(map(fault_of, words.commands))
    if key.endswith(".rule") or not plain:
        return left(_LIFTS)
    mark = "=" if key.endswith(".exact_command") else ""
    named = ", ".join(f'"{mark}{command}"' for command in words.commands)
    return left(_LIFTS, f"{named} under commands.free, to let it run unasked")


def _blocked(pattern: str) -> Carry:
    words = read_words(pattern)
    if not words.commands or any(map(fault_of, words.commands)):
        why = "Remit's lists hold how commands begin, and this expression says something else"
        return left(why, "the words they begin with, under commands.never")
    if words.whole and words.bound:
        return carried(Key.NEVER, *words.commands)
    key = Key.NEVER if words.whole else Key.ASK
    lines = tuple(DraftLine(key, command) for command in words.commands)
    return Carry(Fate.PART, lines, _LASTS if words.whole else _BEGINS)
