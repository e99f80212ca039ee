"""Files in which other tools keep their rules: text to plain values with the line of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

from remit.codec.json_lines import Number
from remit.codec.toml import Document
from remit.codec.toml_scan import Path
from remit.errors import InvalidDocument, Problem

MAX_RULES = 2_000
MAX_TEXT = 4_000


@dataclass(frozen=True, slots=True)
class Setting:
    """A text, number, switch or nothing at a dotted key without indexes, ``permissions.allow``.
    ``line`` is 1-based. An empty list or table is a setting without ``text``."""

    key: str
    text: str
    line: int


def settings_of(document: Document) -> tuple[Setting, ...]:
    """Everything the file says, in its order. Raises InvalidDocument over ``MAX_RULES``."""
    found = tuple(_flat(document.values, (), document))
    if len(found) > MAX_RULES:
        line = found[MAX_RULES].line
        message = f"more than {MAX_RULES:,} settings"
        raise _refused(document, Problem("(file)", message, "import a part of it", line))
    return found


def _flat(value: object, path: Path, document: Document) -> Iterator[Setting]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _flat(inner, (*path, name), document)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _flat(inner, (*path, index), document)
    else:
        key = ".".join(part for part in path if isinstance(part, str))
        yield Setting(key, _text(value), document.positions.line(path) or 1)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None or isinstance(value, dict | list) else str(value)


def texts_at(document: Document, *path: str) -> tuple[Setting, ...]:
    """The list of texts at ``path``, () where there is none. Raises InvalidDocument with every
    element that is no text of at most ``MAX_TEXT`` characters."""
    value = _at(document, path)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _refused(document, _no_text(document, path, "must be a list of texts"))
    problems = []
    for index, item in enumerate(value):
        if not _is_text(item):
            problems.append(_no_text(document, (*path, index), "must be text"))
        elif len(item) > MAX_TEXT:
            problems.append(_no_text(document, (*path, index), "is too long"))
    if problems:
        raise _refused(document, *problems)
    key = ".".join(path)
    lines = [document.positions.line((*path, index)) or 1 for index in range(len(value))]
    return tuple(Setting(key, text, line) for text, line in zip(value, lines, strict=True))


def text_at(document: Document, *path: str) -> Setting | None:
    """The text at ``path``. Raises InvalidDocument where there is something else."""
    value = _at(document, path)
    if value is None:
        return None
    if not _is_text(value) or len(value) > MAX_TEXT:
        raise _refused(document, _no_text(document, path, "must be a short text"))
    return Setting(".".join(path), value, document.positions.line(path) or 1)


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and not isinstance(value, Number)


def _at(document: Document, path: tuple[str, ...]) -> object:
    value: object = document.values
    for depth, name in enumerate(path):
        if value is None:
            return None
        if not isinstance(value, dict):
            raise _refused(document, _no_text(document, path[:depth], "must be a table"))
        value = value.get(name)
    return value


def _no_text(document: Document, path: Path, message: str) -> Problem:
    return document.problem(path, message, "correct it there; nothing was imported")


def _refused(document: Document, *problems: Problem) -> InvalidDocument:
    return InvalidDocument(document.source, problems)
