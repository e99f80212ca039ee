"""Custom rules of cc-safety-net as a draft of a policy.

cc-safety-net: a rule names a program, perhaps its first word that is no option, and arguments; any
of these anywhere among the words refuses the command, letters of joined short options included.
Remit's lists hold how a command begins. So each argument is refused where it comes first, and what
else begins with the same words is asked about: nothing that was refused runs unasked.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from remit.codec.safety_net import SafetyRule
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
from remit.services.imports.carry import Carry, carried, left, sound
from remit.services.imports.commands import fault_of
from remit.services.imports.dcg_packs import BY_EFFECT, FAMILIES, unwritten

_WHY = "it is refused where it comes first; all else that begins so is asked about"
_ONLY = "it refuses the command whatever follows"


@dataclass(frozen=True, slots=True)
class SafetyFile:
    name: str
    rules: tuple[SafetyRule, ...]


def import_safety_net(files: Sequence[SafetyFile]) -> Imported:
    """The draft. ``files`` come strongest first: of two rules with one name the first counts."""
    entries: list[Entry] = []
    names: set[str] = set()
    for file in files:
        own = {rule.name.lower() for rule in file.rules}
        for rule in file.rules:
            replaced = rule.name.lower() in names
            carry = left("a rule of the repository has its name") if replaced else _carry(rule)
            entries.append(carry.of(_source(file, rule)))
        names |= own
    if files:
        place = Place(Untrusted(files[0].name), 0)
        built_in = SourceRule(Verb.DENY, Untrusted("the rules it is built with"), place)
        why = f"no file has them; {BY_EFFECT}: {FAMILIES['core']}"
        entries.append(unwritten(why).of(built_in))
    shown = tuple(Untrusted(file.name) for file in files)
    return Imported(Source.SAFETY_NET, shown, sound(entries))


def _source(file: SafetyFile, rule: SafetyRule) -> SourceRule:
    words = " ".join(filter(None, (rule.command, rule.subcommand)))
    text = f"{rule.name}: {words} with {' or '.join(rule.arguments)}"
    return SourceRule(Verb.DENY, Untrusted(text), Place(Untrusted(file.name), rule.line))


def _carry(rule: SafetyRule) -> Carry:
    begins = [word for word in (rule.command, rule.subcommand) if word]
    base = shlex.join(begins)
    if set(begins) & set(rule.arguments):
        return carried(Key.NEVER, base, why=_ONLY)
    items = [shlex.join((*begins, argument)) for argument in rule.arguments]
    refused = tuple(DraftLine(Key.NEVER, item) for item in items if not fault_of(item))
    return Carry(Fate.PART, (DraftLine(Key.ASK, base), *refused), _WHY)
