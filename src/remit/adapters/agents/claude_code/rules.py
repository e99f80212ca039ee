"""Permission rules of the user's and the project's settings, carried in as far as they narrow.

A ``--settings`` file reads ``/x`` from its own place and ``./x`` from the working directory, so
a path rule that was relative to its settings source is rewritten to an absolute one
(``//root/x``). What cannot be read as a rule is dropped and said, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from remit.model.json import Json, JsonObject

MAX_RULES = 500
MAX_RULE = 1000
_RULE = re.compile(r"([A-Za-z_][A-Za-z0-9_*-]{0,200})(?:\((.*)\))?", re.DOTALL)
_PATH_TOOLS = frozenset(
    {"Edit", "Read", "Write", "Glob", "Grep", "NotebookEdit", "MultiEdit", "Cd"}
)


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules that only take away. ``faults`` say what could not be carried, for a person."""

    deny: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    def joined(self, other: Rules) -> Rules:
        deny = tuple(dict.fromkeys(self.deny + other.deny))
        ask = tuple(dict.fromkeys(self.ask + other.ask))
        return Rules(deny, ask, self.faults + other.faults)


def narrowing(settings: JsonObject, source: str, base: str) -> Rules:
    """Deny and ask rules of ``settings``. ``source`` names the file for a person, ``base`` is the
    absolute folder its ``/x`` paths are relative to."""
    permissions = settings.get("permissions")
    if permissions is None:
        return Rules()
    if not isinstance(permissions, Mapping):
        return Rules(faults=(f"{source}: permissions is not a table; its rules are not carried",))
    deny, deny_faults = _carried(permissions.get("deny"), f"{source}: deny", base)
    ask, ask_faults = _carried(permissions.get("ask"), f"{source}: ask", base)
    return Rules(deny, ask, deny_faults + ask_faults)


def _carried(value: Json, where: str, base: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if value is None:
        return (), ()
    if not isinstance(value, Sequence) or isinstance(value, str):
        return (), (f"{where} is not a list; not carried",)
    faults = [f"{where} has over {MAX_RULES} rules; the rest is not carried"]
    faults = faults if len(value) > MAX_RULES else []
    kept: list[str] = []
    for item in value[:MAX_RULES]:
        rule = rewritten(item, base)
        if rule is None:
            faults.append(f"{where}: {_shown(item)} is not a rule; not carried")
        else:
            kept.append(rule)
    return tuple(kept), tuple(faults[:20])


def rewritten(item: Json, base: str) -> str | None:
    """``item`` as it must stand in a ``--settings`` file to mean the same, or None."""
    if not isinstance(item, str) or len(item) > MAX_RULE or not item.isprintable():
        return None
    found = _RULE.fullmatch(item.strip())
    if found is None:
        return None
    tool, inner = found[1], found[2]
    if inner is None or tool not in _PATH_TOOLS:
        return item.strip()
    if inner.startswith("/") and not inner.startswith("//"):
        return f"{tool}(/{_literal(base)}{inner})" if base.isprintable() else None
    return f"{tool}({inner})"


def _literal(folder: str) -> str:
    """``folder`` so that the client matches it letter by letter: an unescaped ``[`` would make
    a deny rule match nothing, in silence."""
    return re.sub(r"([\[\]*?\\])", r"\\\1", folder.rstrip("/"))


def _shown(item: Json) -> str:
    return repr(item)[:60]
