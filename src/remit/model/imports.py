"""Rules that somebody wrote for another tool, and what became of each in a draft for Remit.

Nothing here permits anything: a draft counts once a person has read it and put it into force.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from remit.model.untrusted import Untrusted


class Source(StrEnum):
    CLAUDE_SETTINGS = "claude-settings"
    DCG = "dcg"
    SAFETY_NET = "safety-net"


class Verb(StrEnum):
    """What a rule wants, in the word of its own tool."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"
    SETTING = "setting"
    """Neither: a mode, a folder, a switch."""


class Fate(StrEnum):
    """What became of a rule. The order is that in which people are told."""

    LEFT = "not carried over"
    PART = "in part"
    """Some of it is held back as there, and some is only asked about or not held."""
    NARROWER = "narrower"
    HELD = "needs no line"
    """Remit does so whatever a policy says."""
    CARRIED = "carried over"


class Key(StrEnum):
    """The lines of a policy that a draft writes, in their order."""

    READ = "scope.read"
    EDIT = "scope.edit"
    NEVER_READ = "scope.never_read"
    NEVER_EDIT = "scope.never_edit"
    FREE = "commands.free"
    ASK = "commands.ask"
    NEVER = "commands.never"
    EXACT = "commands.exact"
    TOOLS = "tools.deny"
    HOSTS = "network.hosts"


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file as it is shown; ``line`` is 1-based, 0 where the file says nothing and its
    tool does something by default."""

    file: Untrusted
    line: int


@dataclass(frozen=True, slots=True)
class SourceRule:
    """One rule, allowlist entry or switch as its file has it."""

    verb: Verb
    text: Untrusted
    place: Place


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One item of a list of the draft. ``Key.EXACT`` has none: it is set."""

    key: Key
    item: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of ``rule``. ``why`` and ``instead`` are our words: why it is not the same, and
    what a person could write; ``instead`` is ``""`` where there is nothing."""

    rule: SourceRule
    fate: Fate
    lines: tuple[DraftLine, ...] = ()
    why: str = ""
    instead: str = ""

    @property
    def weaker(self) -> bool:
        """Whether some of what is held back there may pass here, or is only asked about."""
        return self.rule.verb in (Verb.ASK, Verb.DENY) and self.fate in (Fate.LEFT, Fate.PART)


@dataclass(frozen=True, slots=True)
class Imported:
    """All rules of the files read, in the order in which they stand there."""

    source: Source
    files: tuple[Untrusted, ...]
    entries: tuple[Entry, ...]

    def lines(self, key: Key) -> dict[str, tuple[Entry, ...]]:
        """The items of one list, each with the rules it comes from."""
        found: dict[str, tuple[Entry, ...]] = {}
        for entry in self.entries:
            for line in entry.lines:
                if line.key is key:
                    found[line.item] = (*found.get(line.item, ()), entry)
        return found
