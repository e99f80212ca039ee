"""Patterns of shell commands as items of command lists.

Claude Code compares the text of each command with a pattern; Remit's lists hold the words a
command begins with, or one whole command. What is allowed is carried over only where the item
matches no more than the pattern did, what is refused only where it matches no less.
"""

from __future__ import annotations

import re
import shlex
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from remit.model.contract import EXACTLY
from remit.model.imports import DraftLine, Fate, Key, Verb
from remit.model.request import EffectKind
from remit.policy.shell.dynamic import Family, dynamic
from remit.policy.shell.facts import facts_of
from remit.policy.wordlist import words
from remit.services.imports.carry import LIST_OF, Carry, carried, left

MOST = 300
"""Characters of an item that people still read."""
_OPERATORS = re.compile(r"[;&|<>$`(){}\\#]")
_ASSIGNED = re.compile(r"[A-Za-z_]\w*=")
_PARAMETER = re.compile(
    r"(?:command|timeout|description|run_in_background|dangerouslyDisableSandbox)\s*:(?!\*$)"
)
_ASKED_ANYWAY = words("watch setsid ionice flock find")
"""Programs that run or delete what they are given: Claude Code asks about them whatever a prefix
rule allows."""


class Shape(Enum):
    WHOLE = auto()
    BEGINS = auto()
    WITHIN_A_WORD = auto()
    """The wildcard stands at the end of a word."""
    WITHIN = auto()
    """There is a wildcard before the end."""


class Pattern(NamedTuple):
    """``fixed`` are the words before the first wildcard; a word that goes on in it is left out."""

    shape: Shape
    fixed: str


def read_pattern(text: str) -> Pattern:
    """What a pattern of Claude Code says, which is not ``*`` alone."""
    begins = text.removesuffix(":*") if text.endswith(":*") else text.removesuffix(" *")
    if "*" not in text:
        return Pattern(Shape.WHOLE, text.strip())
    if begins != text and "*" not in begins:
        return Pattern(Shape.BEGINS, begins.strip())
    fixed, _, rest = text.partition("*")
    cut = fixed if fixed.endswith((" ", "\t")) else fixed.rpartition(" ")[0]
    shape = Shape.WITHIN_A_WORD if not rest else Shape.WITHIN
    return Pattern(shape, (fixed if shape is Shape.WITHIN_A_WORD else cut).strip())


def command_rule(text: str, verb: Verb) -> Carry:
    """What becomes of ``Bash(text)``."""
    if _PARAMETER.match(text):
        return left("it looks at another field of the call than its command")
    pattern = read_pattern(text)
    fault = fault_of(pattern.fixed)
    if fault:
        return left(fault)
    if verb is Verb.ALLOW:
        return _allowed(pattern)
    return _withheld(pattern, verb)


def _allowed(pattern: Pattern) -> Carry:
    fixed = pattern.fixed
    match pattern.shape:
        case Shape.WHOLE if _is_one(fixed):
            return carried(Key.FREE, EXACTLY + fixed)
        case Shape.BEGINS if fixed.split()[0] in _ASKED_ANYWAY:
            why = "it runs or deletes what it is given, and Claude Code asks about that as well"
            return left(why, "every line that is meant, behind =, under commands.free")
        case Shape.BEGINS if _is_one(fixed):
            return carried(Key.FREE, fixed)
        case Shape.WITHIN_A_WORD if _is_one(fixed) and fixed.split()[0] not in _ASKED_ANYWAY:
            return carried(Key.FREE, fixed, why="an item ends with a whole word")
        case Shape.WITHIN:
            return left("items have no wildcard before the end", "the whole commands, behind =")
    return left("it runs another command, which is asked about by itself")


def _withheld(pattern: Pattern, verb: Verb) -> Carry:
    key, fixed = LIST_OF[verb], pattern.fixed
    match pattern.shape:
        case Shape.WHOLE:
            return carried(key, EXACTLY + fixed)
        case Shape.BEGINS:
            return carried(key, fixed)
        case Shape.WITHIN_A_WORD:
            return _word(fixed, key)
    return asked(verb, fixed)


def _word(fixed: str, key: Key) -> Carry:
    """``rm*`` names ``rmdir`` as well: that has no item, unless words stand before it."""
    before = fixed.rpartition(" ")[0]
    if before:
        return carried(key, before, why="an item ends with a whole word; it holds more")
    why = "only this word is held, and not those that begin like it: items are whole words"
    return Carry(Fate.PART, (DraftLine(key, fixed),), why, "those words, each as an item")


def asked(verb: Verb, fixed: str, *never: str) -> Carry:
    """Everything that begins with ``fixed`` is asked about; of it ``never`` is refused."""
    lines = (DraftLine(Key.ASK, fixed), *(DraftLine(Key.NEVER, item) for item in never))
    if verb is Verb.ASK:
        return Carry(Fate.NARROWER, lines, "items have no wildcard before the end; it asks more")
    why = "items have no wildcard before the end: it asks about all that begins so"
    return Carry(Fate.PART, lines, why, f"{fixed!r} under commands.never, to refuse all of it")


@lru_cache(maxsize=1024)
def fault_of(text: str) -> str:
    """Why ``text`` cannot be an item, ``""`` where it can."""
    if not text:
        return "no program is named before its wildcard"
    if not text.isprintable() or len(text) > MOST:
        return "it is too long, or holds characters that cannot be seen"
    if _OPERATORS.search(text):
        return "it is no single plain command: items name one command, each of a line by itself"
    if text[0] in "@=" or _ASSIGNED.match(text):
        return "it begins with a variable or a sign: items begin with the program"
    return "" if _is_readable(text) else "the shell would not read it as a command"


def _is_readable(text: str) -> bool:
    try:
        found = shlex.split(text)
    except ValueError:
        return False
    unread = dynamic(Family.UNPARSED, "").target.partition(":")[0]
    return bool(found) and not any(
        effect.kind is EffectKind.DYNAMIC and effect.target.startswith(unread)
        for effect in facts_of(text, "/").effects
    )


def _is_one(text: str) -> bool:
    """Whether ``text`` runs one command, and not a second one through it."""
    effects = facts_of(text, "/").effects
    return len({effect.via for effect in effects}) == 1
