"""Values to TOML text. Empty lists, empty tables and None are left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

Value: TypeAlias = "str | int | bool | Sequence[Value] | Mapping[str, Value] | None"

NOTHING: Value = range(0)
"""A list that is written although it is empty."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_WIDTH = 88


def document(lines: Mapping[str, Value], header: Iterable[str] = ()) -> str:
    """TOML of ``lines``: plain lines first, then the tables; ``header`` becomes comments."""
    parts = [f"# {line}".rstrip() for line in header]
    parts += _table((), lines)
    return "\n".join(parts).strip("\n") + "\n"


def _table(path: tuple[str, ...], lines: Mapping[str, Value]) -> list[str]:
    kept = {name: value for name, value in lines.items() if not _is_empty(value)}
    out = [f"{_key(name)} = {literal(v)}" for name, v in kept.items() if not _is_tables(v)]
    if path and out:
        out = ["", f"[{'.'.join(map(_key, path))}]", *out]
    for name, value in kept.items():
        if isinstance(value, Mapping):
            out += _table((*path, name), value)
        elif _is_tables(value) and isinstance(value, Sequence):
            for item in value:
                out += _repeated((*path, name), item)
    return out


def _repeated(path: tuple[str, ...], item: Value) -> list[str]:
    if not isinstance(item, Mapping):
        raise TypeError("an array of tables holds only tables")
    pairs = [f"{_key(n)} = {literal(v)}" for n, v in item.items() if not _is_empty(v)]
    return ["", f"[[{'.'.join(map(_key, path))}]]", *pairs]


def _is_tables(value: Value) -> bool:
    if isinstance(value, Mapping):
        return True
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)


def _is_empty(value: Value) -> bool:
    if isinstance(value, Mapping):
        return all(_is_empty(item) for item in value.values())
    return value is None or (isinstance(value, tuple | list) and not value)


def literal(value: Value) -> str:
    """``value`` as it stands after the equals sign."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return '"' + "".join(map(_character, value)) + '"'
        case Sequence():
            return _array([literal(item) for item in value])
    raise TypeError(f"{type(value).__name__} has no TOML literal")


def noted(items: Iterable[tuple[str, str]]) -> str:
    """An array with one item a line and a comment behind each; a comment is one line of text in
    which nothing is a control character."""
    lines = [f"  {literal(item)},  # {note}\n" for item, note in items]
    return "[\n" + "".join(lines) + "]"


def _array(items: list[str]) -> str:
    line = "[" + ", ".join(items) + "]"
    if len(line) <= _WIDTH:
        return line
    return "[\n" + "".join(f"  {item},\n" for item in items) + "]"


def _character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0:
        return f"\\u{ord(character):04X}"
    return character


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else literal(name)
