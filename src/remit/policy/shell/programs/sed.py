"""What a sed script does besides printing changed text."""

from __future__ import annotations

import re
from typing import NamedTuple

MOST_SCRIPT = 4000
_ADDRESS = re.compile(r"(?:\d+(?:~\d+)?|\$|[+~]\d+)")
_PLAIN = re.compile(r"[dDgGhHnNpPxzF={}]|[qQlL]\s*\d*")
_LABEL = re.compile(r"[:btT][ \t]*[\w.-]*")
_TEXT = re.compile(r"[aic](?:\\\n|[ \t]*)(?:[^\n\\]|\\.|\\\n)*", re.DOTALL)
_FLAGS = re.compile(r"[gpiImM0-9]*")
_NAMED = re.compile(r"([rRwW])[ \t]*([^\s;{}][^\n;{}]*)(?=\n|\Z)")
_WRITTEN = re.compile(r"w[ \t]*([^\s;{}][^\n;{}]*)(?=\n|\Z)")
"""A name goes on to the end of its line; with what ends commands elsewhere it is not read."""


class _NotPlain(Exception):
    """The script writes, runs, or is not understood."""


class Files(NamedTuple):
    """The files a script reads and writes by its own commands."""

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()


def files_of(script: str) -> Files | None:
    """The files ``script`` names; None where it runs commands or cannot be read."""
    if len(script) > MOST_SCRIPT:
        return None
    try:
        scan = _Scan(script)
        scan.commands()
    except _NotPlain:
        return None
    return Files(tuple(scan.reads), tuple(scan.writes))


class _Scan:
    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.reads: list[str] = []
        self.writes: list[str] = []

    def commands(self) -> None:
        while self.pos < len(self.text):
            if self.text[self.pos] in " \t\n;":
                self.pos += 1
            elif self.text[self.pos] == "#":
                end = self.text.find("\n", self.pos)
                self.pos = len(self.text) if end < 0 else end
            else:
                self._addresses()
                self._command()

    def _addresses(self) -> None:
        while self._address():
            self._blanks()
            if not self._at(","):
                break
            self.pos += 1
            self._blanks()
        self._blanks()
        while self._at("!"):
            self.pos += 1
            self._blanks()

    def _address(self) -> bool:
        found = _ADDRESS.match(self.text, self.pos)
        if found:
            self.pos = found.end()
            return True
        if self._at("/"):
            self._delimited(1)
        elif self._at("\\"):
            self.pos += 1
            self._delimited(1)
        else:
            return False
        while self.text[self.pos : self.pos + 1] in ("I", "M"):
            self.pos += 1
        return True

    def _command(self) -> None:
        for pattern in (_PLAIN, _LABEL, _TEXT):
            found = pattern.match(self.text, self.pos)
            if found:
                self.pos = found.end()
                return
        named = _NAMED.match(self.text, self.pos)
        if named:
            (self.reads if named[1] in "rR" else self.writes).append(named[2])
            self.pos = named.end()
            return
        if not (self._at("s") or self._at("y")):
            raise _NotPlain
        self.pos += 1
        self._delimited(2)
        flags = _FLAGS.match(self.text, self.pos)
        self.pos = flags.end() if flags else self.pos
        written = _WRITTEN.match(self.text, self.pos)
        if written:
            self.writes.append(written[1])
            self.pos = written.end()
        elif self.text[self.pos : self.pos + 1] not in ("", " ", "\t", "\n", ";", "}", "#"):
            raise _NotPlain

    def _delimited(self, parts: int) -> None:
        mark = self.text[self.pos : self.pos + 1]
        if mark in ("", "\n", "\\"):
            raise _NotPlain
        self.pos += 1
        while parts:
            letter = self.text[self.pos : self.pos + 1]
            if letter == "":
                raise _NotPlain
            if letter == "\\":
                self.pos += 1
            elif letter == mark:
                parts -= 1
            self.pos += 1

    def _at(self, letter: str) -> bool:
        return self.text.startswith(letter, self.pos)

    def _blanks(self) -> None:
        while self.text[self.pos : self.pos + 1] in (" ", "\t"):
            self.pos += 1
