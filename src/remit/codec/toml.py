"""TOML text to values with the line of every key, inside fixed limits.

The standard parser gives no positions, so a linear scan runs first. It records where each
key and array element stands, and it is what refuses a document that is too large, too deep
or too long before the real parser sees it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from remit.codec.toml_scan import MAX_DEPTH, MAX_ENTRIES, Limit, Path, Positions, scan
from remit.errors import InvalidDocument, Problem

MAX_BYTES = 256 * 1024
_PLACE = re.compile(r"\s*\(at line (\d+), column (\d+)\)$")
_END = re.compile(r"\s*\(at end of document\)$")
_BOM = "\ufeff"

TomlTable: TypeAlias = "Mapping[str, object]"


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: its values, and the line each of them stands on."""

    values: TomlTable
    positions: Positions
    source: str

    def problem(self, path: Path, message: str, fix: str) -> Problem:
        """A problem at ``path``, with its line where the file has that key."""
        return Problem(dotted(path), message, fix, self.positions.line(path))


def dotted(path: Path) -> str:
    """``("evidence", "checks", 0, "name")`` as ``evidence.checks[0].name``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def decode(data: bytes, source: str) -> str:
    """The text of a file; InvalidDocument where it is too large or no UTF-8 text."""
    if len(data) > MAX_BYTES:
        raise _too_large(source)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _refused(source, "the file is UTF-16", "save it as UTF-8")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte {error.start} is not UTF-8"
        raise _refused(source, message, "save the file as UTF-8", line) from None


def load(text: str, source: str) -> Document:
    """Parse ``text``; ``source`` names it in errors. Raises InvalidDocument with the place."""
    text = text.removeprefix(_BOM)
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise _too_large(source)
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise _refused(source, "the file holds a NUL byte", "remove it", line)
    positions = scan(text)
    if positions.limit is not None:
        raise _over_limit(source, positions)
    return Document(_values(text, source), positions, source)


def _values(text: str, source: str) -> TomlTable:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax(text, source, str(error)) from None
    except (RecursionError, ValueError) as error:
        raise _refused(source, f"cannot be read: {error}", "simplify the file") from None


def _syntax(text: str, source: str, message: str) -> InvalidDocument:
    place = _PLACE.search(message)
    line = int(place[1]) if place else text.rstrip().count("\n") + 1
    where = f" at column {place[2]}" if place else " at the end of the file"
    reason = _END.sub("", _PLACE.sub("", message))
    return _refused(source, f"not TOML{where}: {reason}", "correct the syntax there", line)


def _over_limit(source: str, positions: Positions) -> InvalidDocument:
    if positions.limit is Limit.DEPTH:
        message, fix = f"nested more than {MAX_DEPTH} deep", "flatten it"
    else:
        message, fix = f"more than {MAX_ENTRIES:,} entries", "use patterns instead of long lists"
    return _refused(source, message, fix, positions.limit_line)


def _too_large(source: str) -> InvalidDocument:
    return _refused(source, "larger than 256 KiB", "use patterns instead of long lists")


def _refused(source: str, message: str, fix: str, line: int | None = None) -> InvalidDocument:
    return InvalidDocument(source, (Problem("(file)", message, fix, line),))
