"""What a shell command would do: its effects, each once.

Everything that would run is followed: lists, pipelines, substitutions, functions, wrappers,
literal text handed to another shell. Quoted text is data, executed text is code. What is
only known when it runs is marked, never guessed, and what cannot be read is one ``DYNAMIC``
effect that no rule allows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from remit.model.request import Effect, EffectKind
from remit.policy.shell.dynamic import Family, dynamic
from remit.policy.shell.parse import MOST_TEXT, parse
from remit.policy.shell.syntax import TooBig, Unreadable
from remit.policy.shell.walk import Walk

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Facts:
    """``effects`` is never empty."""

    effects: tuple[Effect, ...]


def facts_of(command: str, cwd: str) -> Facts:
    """The effects of running ``command`` in bash in the absolute directory ``cwd``."""
    if len(command) > MOST_TEXT:
        return _only(dynamic(Family.TOO_LONG, f"{len(command)} characters"))
    if not command.isascii() and _SURROGATE.search(command):
        return _only(dynamic(Family.UNPARSED, "bytes that are no text"))
    walk = Walk(cwd)
    try:
        script = parse(command)
        walk.script(script, walk.begin())
    except Unreadable as error:
        return _only(dynamic(Family.UNPARSED, str(error.args[0]), _head(command)))
    except RecursionError:
        return _only(dynamic(Family.TOO_DEEP, "nesting"))
    except TooBig as error:
        many = error.args[0] == "many"
        family = Family.TOO_MANY if many else Family.TOO_DEEP
        return _only(dynamic(family, "commands or words" if many else "nesting"))
    return Facts(tuple(walk.found) or (_nothing(command),))


def _nothing(command: str) -> Effect:
    """A script of nothing but comments and blanks."""
    shown = _head(command)
    return Effect(EffectKind.RUN, shown or "''", shown or "''")


def _only(effect: Effect) -> Facts:
    return Facts((effect,))


def _head(command: str) -> str:
    return command.strip()[:200]
