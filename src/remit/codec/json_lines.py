"""JSON text to values with the line of every key and element, inside fixed limits.

Files of other tools are read, and what is wrong with them must be told by its line: the standard
parser gives the values of a whole document and no place for any of them.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import Final, NoReturn

from remit.codec.toml import Document
from remit.codec.toml_scan import Path, Positions
from remit.errors import InvalidDocument, Problem

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_ENTRIES = 20_000

_BLANK = re.compile(r"[ \t\r\n]*+")
_BOM: Final = "\ufeff"


class _Fault(Exception):
    """What is wrong at ``at``, and what to do about it."""

    def __init__(self, at: int, message: str, fix: str) -> None:
        super().__init__(message)
        self.at = at
        self.fix = fix


def load_json(data: bytes, source: str) -> Document:
    """An object in ``data``; ``source`` names it in errors. Raises InvalidDocument with the line.

    A key that stands twice is refused: two readers would not agree on which of them counts.
    """
    if len(data) > MAX_BYTES:
        raise _refused(
            source, f"larger than {MAX_BYTES // 1024:,} KiB", "import a part of it", None
        )
    try:
        text = data.decode("utf-8").removeprefix(_BOM)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _refused(source, "not UTF-8 text", "save the file as UTF-8", line) from None
    reader = _Reader(text)
    try:
        values = reader.document()
    except _Fault as fault:
        raise _refused(source, str(fault), fault.fix, reader.line(fault.at)) from None
    return Document(values, Positions(reader.lines), source)


def _refused(source: str, message: str, fix: str, line: int | None) -> InvalidDocument:
    return InvalidDocument(source, (Problem("(file)", message, fix, line),))


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


class Number(str):
    """A number as it is written: nothing is computed with it, and a huge one takes no time."""

    __slots__ = ()


_SCALAR = json.JSONDecoder(parse_constant=_constant, parse_int=Number, parse_float=Number)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self._breaks = [match.start() for match in re.finditer("\n", text)]

    def line(self, at: int) -> int:
        return bisect_right(self._breaks, at - 1) + 1

    def document(self) -> dict[str, object]:
        if self._next() != "{":
            raise _Fault(self.at, "not a JSON object", "the file begins with { and ends with }")
        values = self._object(())
        if self._next():
            raise _Fault(self.at, "something stands after the last }", "remove it")
        return values

    def _next(self) -> str:
        """The next character that is no blank; ``""`` at the end."""
        blank = _BLANK.match(self.text, self.at)
        self.at = blank.end() if blank else self.at
        return self.text[self.at : self.at + 1]

    def _value(self, path: Path) -> object:
        first = self._next()
        self._mark(path)
        if first == "{":
            return self._object(path)
        if first == "[":
            return self._array(path)
        return self._scalar()

    def _mark(self, path: Path) -> None:
        if len(path) > MAX_DEPTH:
            raise _Fault(self.at, f"nested more than {MAX_DEPTH} deep", "flatten it")
        if len(self.lines) >= MAX_ENTRIES:
            message = f"more than {MAX_ENTRIES:,} entries"
            raise _Fault(self.at, message, "import a part of it")
        self.lines[path] = self.line(self.at)

    def _scalar(self) -> object:
        if self.text.startswith(("//", "/*"), self.at):
            raise _Fault(self.at, "a comment, which JSON does not have", "remove it")
        try:
            value, self.at = _SCALAR.raw_decode(self.text, self.at)
        except ValueError as error:
            place = getattr(error, "pos", self.at)
            raise _Fault(place, "not JSON: a value cannot be read", "correct it there") from None
        return value

    def _object(self, path: Path) -> dict[str, object]:
        found: dict[str, object] = {}
        self.at += 1
        while self._next() != "}":
            name = self._name()
            if name in found:
                raise _Fault(self.at, "a key stands twice in one object", "remove one of them")
            found[name] = self._value((*path, name))
            self._comma("}")
        self.at += 1
        return found

    def _name(self) -> str:
        begins = self.at
        name = self._scalar()
        if not isinstance(name, str):
            raise _Fault(begins, "not JSON: a key is no text", 'put it in quotes: "…"')
        if self._next() != ":":
            raise _Fault(self.at, "not JSON: no : after a key", "put one there")
        self.at += 1
        return name

    def _array(self, path: Path) -> list[object]:
        found: list[object] = []
        self.at += 1
        while self._next() != "]":
            found.append(self._value((*path, len(found))))
            self._comma("]")
        self.at += 1
        return found

    def _comma(self, closing: str) -> None:
        """Past the comma before a further element, which must then be there."""
        mark = self._next()
        if mark == closing:
            return
        if mark != ",":
            message = "not JSON: a comma or bracket is missing"
            raise _Fault(self.at, message, "put it there")
        at = self.at
        self.at += 1
        if self._next() == closing:
            raise _Fault(at, "not JSON: a comma before the closing bracket", "remove it")
