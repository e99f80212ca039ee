"""One program about to run, as its family sees it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from remit.model.groups import looks
from remit.model.request import Effect, EffectKind
from remit.policy.shell.args import PIPE, Arg
from remit.policy.shell.dynamic import Family, dynamic
from remit.policy.shell.feed import Feed, Printed
from remit.policy.shell.scope import Scope, located

_PIPES = re.compile(r"/dev/(?:fd/\d+|stdin|stdout|stderr)")
_OF_A_PROCESS = re.compile(r"/(?:dev/fd|proc/[^/]+/(?:cwd|fd|task|map_files))(?:/.*)?")
"""Leads where the program that asks has its working directory, or a file open."""


LONGEST_PATH = 4096
_LIKE_BASH = frozenset({"bash", "rbash", "zsh", "ksh"})


class Runner(Protocol):
    """What a wrapper needs to run something else."""

    def command(self, args: tuple[Arg, ...], around: Invocation) -> None: ...

    def text(self, text: str, scope: Scope) -> None: ...

    def affords(self, code: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Invocation:
    """``args`` are without the program's own ``name``; ``line`` is its spelled command line."""

    name: str
    args: tuple[Arg, ...]
    line: str
    scope: Scope
    runner: Runner
    feed: Feed = field(default_factory=Feed)
    outputs: Printed = field(default_factory=Printed)
    """What this command prints, for what reads its output."""

    def effect(self, kind: EffectKind, target: str) -> Effect:
        return Effect(kind, target, self.line)

    def ran(self) -> Effect:
        return Effect(EffectKind.RUN, self.line, self.line)

    def unknown(self, target: str = "") -> Effect:
        return Effect(EffectKind.UNKNOWN, target or self.name, self.line)

    def looks(self, group: str, what: str = "") -> Effect:
        """Looks at something of ``group`` and changes nothing."""
        return Effect(EffectKind.LOOK, looks(group, what or self.name), self.line)

    def dynamic(self, family: Family, detail: str) -> Effect:
        return dynamic(family, detail, self.line)

    def path(self, kind: EffectKind, arg: Arg) -> Iterator[Effect]:
        """The effect on what ``arg`` names, from every directory the command may run in."""
        if arg is PIPE or (arg.sure and _PIPES.fullmatch(arg.text)):
            return
        if not arg.sure or (arg.wild and ".." in arg.text.split("/")):
            yield self.dynamic(Family.PATH, arg.text)
        elif len(arg.text) > LONGEST_PATH:
            yield self.dynamic(Family.PATH, "a path longer than any file has")
        elif not arg.text:
            return
        else:
            yield from self._located(kind, arg.text)

    def _located(self, kind: EffectKind, written: str) -> Iterator[Effect]:
        absolute = written.startswith(("/", "~"))
        for place in self.scope.places:
            if place is None and not absolute:
                yield self.dynamic(Family.PATH, f"{written} in an unknown directory")
            elif _leads_on(located(place or "", written)):
                yield self.dynamic(Family.PATH, written)
            else:
                yield self.effect(kind, located(place or "", written))

    def reads(self, *args: Arg) -> Iterator[Effect]:
        for arg in args:
            yield from self.path(EffectKind.READ, arg)

    def writes(self, *args: Arg) -> Iterator[Effect]:
        for arg in args:
            yield from self.path(EffectKind.WRITE, arg)

    def deletes(self, *args: Arg) -> Iterator[Effect]:
        for arg in args:
            yield from self.path(EffectKind.DELETE, arg)

    def run(self, args: tuple[Arg, ...]) -> None:
        """Run another program in this one's place."""
        if args:
            self.runner.command(args, self)

    def shell(self, text: str) -> None:
        """Read ``text`` as a script of its own shell."""
        scope = self.scope.copy()
        scope.feed = self.feed
        name = self.name.rpartition("/")[2]
        if name != "trap":
            scope.shell = "bash" if name in _LIKE_BASH else "sh"
        self.runner.text(text, scope)

    def says(self, text: str) -> None:
        """This command prints ``text`` and nothing else."""
        self.outputs.text = text

    def renamed(self, name: str, args: tuple[Arg, ...]) -> Invocation:
        return replace(self, name=name, args=args)


def _leads_on(path: str) -> bool:
    """Whether a part of ``path`` is another place for each process."""
    plain = f"/{posixpath.normpath(path).lstrip('/')}"
    return path.startswith("/") and (
        "/dev/fd/" in path or _OF_A_PROCESS.fullmatch(plain) is not None
    )


Handler = Callable[[Invocation], Iterator[Effect]]
