"""What a script knows while it runs: variables, working directory, functions."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from remit.policy.shell.args import Arg
from remit.policy.shell.feed import Feed, Printed
from remit.policy.shell.syntax import Command

MOST_PLACES = 4
_NUMBER = re.compile(r"-?\d+|\$\(\(…\)\)")


@dataclass(slots=True)
class Scope:
    """``places`` are the working directories the next command may have; ``seen`` every one since
    the last point where success or failure of a ``cd`` was open. ``""`` is where the call began;
    ``None`` is somewhere unknown."""

    variables: dict[str, Arg] = field(default_factory=dict)
    functions: dict[str, tuple[Command, ...]] = field(default_factory=dict)
    places: tuple[str | None, ...] = ("",)
    seen: tuple[str | None, ...] = ("",)
    changed: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    """Functions that may not have been defined, so that the program of that name may run."""
    texts: set[str] = field(default_factory=set)
    """Names that ever held anything but a number; shared by all copies."""
    printed: dict[int, Printed] = field(default_factory=dict)
    """What each command substitution printed when it was last read; shared by all copies."""
    feed: Feed = field(default_factory=Feed)
    """The standard input of the commands to come."""
    shell: str = "bash"
    """What reads this script: ``bash`` or a shell like it, or ``sh``, which may be another."""

    def copy(self) -> Scope:
        return Scope(
            dict(self.variables),
            dict(self.functions),
            self.places,
            self.seen,
            set(),
            set(self.doubtful),
            self.texts,
            self.printed,
            self.feed,
            self.shell,
        )

    def assign(self, name: str, value: Arg) -> None:
        self.variables[name] = value
        self.changed.add(name)
        if not _NUMBER.fullmatch(value.text):
            self.texts.add(name)

    def forget(self, names: set[str]) -> None:
        """From here on the values of ``names`` depend on what happened before."""
        for name in names:
            self.variables[name] = Arg(f"${name}", False)
        self.changed |= names

    def learn(self, functions: Mapping[str, tuple[Command, ...]], doubtful: set[str]) -> None:
        """Functions that may have been defined: their bodies may run, and so may what they hide."""
        for name, bodies in functions.items():
            known = self.functions.get(name)
            if known is None:
                self.doubtful.add(name)
            self.functions[name] = tuple(dict.fromkeys((known or ()) + bodies))
        self.doubtful |= doubtful

    def enter(self, folder: str | None) -> None:
        """A ``cd`` that succeeded; the directories before it stay possible for later lines."""
        entered = tuple(dict.fromkeys(_entered(place, folder) for place in self.places))
        self.places = entered if len(entered) <= MOST_PLACES else (None,)
        self.seen = merged(self.seen, self.places)


def merged(one: tuple[str | None, ...], other: tuple[str | None, ...]) -> tuple[str | None, ...]:
    both = tuple(dict.fromkeys(one + other))
    return both if len(both) <= MOST_PLACES else (None,)


def _entered(place: str | None, folder: str | None) -> str | None:
    """``cd`` goes by the written path, links unresolved, so ``..`` is taken literally."""
    if folder is None:
        return None
    if folder.startswith("/"):
        return posixpath.normpath(folder)
    base = "" if folder.startswith("~") else place
    if base is None:
        return None
    whole = _joined(base, folder)
    if whole.startswith("~") or base.startswith("~") or folder.startswith("~"):
        return whole if ".." not in folder.split("/") else None
    return whole


def _joined(place: str, folder: str) -> str:
    whole = posixpath.normpath(posixpath.join(place, folder))
    return "" if whole == "." else whole


def located(place: str, written: str) -> str:
    """``written`` as seen from ``place``."""
    if not place or written.startswith(("/", "~")):
        return written
    return posixpath.join(place, written)
