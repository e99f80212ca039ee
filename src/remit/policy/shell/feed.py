"""What a command is given to read."""

from __future__ import annotations

from typing import NamedTuple

from remit.policy.shell.args import Arg


class Feed(NamedTuple):
    """Standard input: ``text`` where it is written in the command, ``piped`` where another
    command makes it, ``paths`` where that command only prints paths we know a pattern of."""

    text: Arg | None = None
    piped: bool = False
    paths: tuple[Arg, ...] = ()


class Printed(list[Arg]):
    """What a command prints: patterns of paths, some of which may not be there. ``text`` is all of
    it, to the letter, where the command says so."""

    text: str | None = None

    def clear(self) -> None:
        super().clear()
        self.text = None
