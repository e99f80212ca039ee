"""Where each key and array element of a TOML text stands: one linear pass, no values.

The scan trusts nothing: text that is not TOML ends it early with what was found so far, and
the parser that runs next says what is wrong.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

MAX_DEPTH = 32
MAX_ENTRIES = 10_000

Path: TypeAlias = tuple[str | int, ...]


class Limit(StrEnum):
    DEPTH = "depth"
    ENTRIES = "entries"


@dataclass(frozen=True, slots=True)
class Positions:
    """1-based lines by path; ``limit`` says which bound the text went over, and where."""

    lines: Mapping[Path, int]
    limit: Limit | None = None
    limit_line: int | None = None

    def line(self, path: Path) -> int | None:
        return self.lines.get(path)


class _Lost(Exception):
    """The text at this place is not TOML."""


class _Over(Exception):
    def __init__(self, limit: Limit) -> None:
        super().__init__(limit)
        self.limit = limit


def scan(text: str) -> Positions:
    """Positions of every key and array element of ``text``."""
    scanner = _Scanner(text)
    try:
        scanner.document()
    except _Over as over:
        return Positions(scanner.lines, over.limit, scanner.line())
    except _Lost:
        pass
    return Positions(scanner.lines)


_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*+")
_SPACES = re.compile(r"[ \t]*+")
_LINE_END = re.compile(r"[ \t]*+(?:#[^\n]*)?+(?:\r?\n|\Z)")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*+"')
_LITERAL = re.compile(r"'[^'\n]*+'")
_SCALAR = re.compile(r"\d{4}-\d\d-\d\d \d\d:[^\s,\]}#]+|[^\s,\[\]{}#\"'=]+")
_MULTI_END = {'"""': re.compile(r'\\.|"{3,5}', re.DOTALL), "'''": re.compile(r"'{3,5}")}


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self._entries = 0
        self._arrays: dict[Path, int] = {}
        self._breaks = [match.start() for match in re.finditer("\n", text)]

    def line(self) -> int:
        return bisect_right(self._breaks, self.at - 1) + 1

    def document(self) -> None:
        table: Path = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self._peek("["):
                table = self._header()
            else:
                self._pair(table)
            self._take(_LINE_END)
            self._skip(_BLANK)

    def _header(self) -> Path:
        line = self.line()
        repeated = self._peek("[[")
        self.at += 2 if repeated else 1
        keys = self._key()
        self._literally("]]" if repeated else "]")
        path = (*self._resolve(keys[:-1]), keys[-1])
        if repeated:
            index = self._arrays.get(path, 0)
            self._arrays[path] = index + 1
            self.lines.setdefault(path, line)
            path = (*path, index)
        else:
            path = self._resolve(keys)
        self._bound(path)
        self._note(path, line)
        return path

    def _resolve(self, keys: tuple[str, ...]) -> Path:
        """The path meant by header keys: an array of tables means its last element."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self._arrays:
                path = (*path, self._arrays[path] - 1)
        return path

    def _pair(self, table: Path) -> None:
        line = self.line()
        path = table
        for key in self._key():
            self._bound(path)
            path = (*path, key)
            self.lines.setdefault(path, line)
        self._note(path, line)
        self._literally("=")
        self._skip(_SPACES)
        self._value(path)

    def _key(self) -> tuple[str, ...]:
        keys = [self._key_part()]
        while self._peek("."):
            self.at += 1
            keys.append(self._key_part())
            if len(keys) > MAX_DEPTH + 1:
                raise _Over(Limit.DEPTH)
        return tuple(keys)

    def _key_part(self) -> str:
        self._skip(_SPACES)
        if self._peek('"'):
            raw = self._take(_BASIC)
            key = _unescape(raw) if "\\" in raw else raw[1:-1]
        elif self._peek("'"):
            key = self._take(_LITERAL)[1:-1]
        else:
            key = self._take(_BARE_KEY)
        self._skip(_SPACES)
        return key

    def _value(self, path: Path) -> None:
        if self._peek("["):
            self._array(path)
        elif self._peek("{"):
            self._inline_table(path)
        elif self._peek('"""') or self._peek("'''"):
            self._multi_line()
        elif self._peek('"'):
            self._take(_BASIC)
        elif self._peek("'"):
            self._take(_LITERAL)
        else:
            self._take(_SCALAR)

    def _array(self, path: Path) -> None:
        self._bound(path)
        self.at += 1
        self._skip(_BLANK)
        index = 0
        while not self._peek("]"):
            element: Path = (*path, index)
            self._note(element, self.line())
            self._value(element)
            self._skip(_BLANK)
            if self._peek(","):
                self.at += 1
                self._skip(_BLANK)
            elif not self._peek("]"):
                raise _Lost
            index += 1
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self._bound(path)
        self.at += 1
        self._skip(_BLANK)
        while not self._peek("}"):
            self._pair(path)
            self._skip(_BLANK)
            if self._peek(","):
                self.at += 1
                self._skip(_BLANK)
            elif not self._peek("}"):
                raise _Lost
        self.at += 1

    def _multi_line(self) -> None:
        quote = self.text[self.at : self.at + 3]
        at = self.at + 3
        for match in _MULTI_END[quote].finditer(self.text, at):
            if not match[0].startswith("\\"):
                self.at = match.end()
                return
        raise _Lost

    def _bound(self, container: Path) -> None:
        if len(container) > MAX_DEPTH:
            raise _Over(Limit.DEPTH)

    def _note(self, path: Path, line: int) -> None:
        self._entries += 1
        if self._entries > MAX_ENTRIES:
            raise _Over(Limit.ENTRIES)
        self.lines[path] = line

    def _peek(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        if match is not None:
            self.at = match.end()

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise _Lost
        self.at = match.end()
        return match[0]

    def _literally(self, text: str) -> None:
        if not self._peek(text):
            raise _Lost
        self.at += len(text)


def _unescape(raw: str) -> str:
    try:
        value = tomllib.loads(f"key = {raw}")["key"]
    except tomllib.TOMLDecodeError:
        raise _Lost from None
    return str(value)
