"""What becomes of one rule, before it is known which rule it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from remit.codec.policy_file import item_fault
from remit.model.imports import DraftLine, Entry, Fate, Key, SourceRule, Verb

LIST_OF = {Verb.ALLOW: Key.FREE, Verb.ASK: Key.ASK, Verb.DENY: Key.NEVER}
"""The list of commands that holds what a rule of this verb names."""


@dataclass(frozen=True, slots=True)
class Carry:
    """As :class:`~remit.model.imports.Entry`, without its rule."""

    fate: Fate
    lines: tuple[DraftLine, ...] = ()
    why: str = ""
    instead: str = ""

    def of(self, rule: SourceRule) -> Entry:
        return Entry(rule, self.fate, self.lines, self.why, self.instead)


def left(why: str, instead: str = "") -> Carry:
    """Not carried over."""
    return Carry(Fate.LEFT, (), why, instead)


def held(why: str) -> Carry:
    """Remit does so without a line."""
    return Carry(Fate.HELD, (), why)


def carried(key: Key, *items: str, why: str = "") -> Carry:
    """The same, in one list of the draft; narrower where there is a ``why``."""
    fate = Fate.NARROWER if why else Fate.CARRIED
    return Carry(fate, tuple(DraftLine(key, item) for item in items), why)


def sound(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """``entries`` with every line that no policy could hold told instead of written."""
    return tuple(_sound(entry) for entry in entries)


def _sound(entry: Entry) -> Entry:
    faults = [
        fault for line in entry.lines if line.item and (fault := item_fault(line.key, line.item))
    ]
    if not faults:
        return entry
    return replace(entry, fate=Fate.LEFT, lines=(), why=f"a policy cannot hold it: {faults[0]}")
