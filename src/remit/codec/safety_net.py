"""Configuration of cc-safety-net: its custom rules, and everything wrong with them at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from remit.codec.json_lines import Number, load_json
from remit.codec.rule_files import MAX_RULES, MAX_TEXT
from remit.codec.toml import Document
from remit.codec.toml_scan import Path
from remit.errors import InvalidDocument, Problem

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]{0,63}")
_COMMAND = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]*")
_KEYS = frozenset({"name", "command", "subcommand", "block_args", "reason"})
_FIX = "correct it there; cc-safety-net ignores the whole file as it is"


@dataclass(frozen=True, slots=True)
class SafetyRule:
    """``command``, with ``subcommand`` where it is not ``""``, is refused when any of ``arguments``
    stands among its words. ``line`` is that of the rule."""

    name: str
    command: str
    subcommand: str
    arguments: tuple[str, ...]
    line: int


def parse_safety_net(data: bytes, source: str) -> tuple[SafetyRule, ...]:
    """The rules in ``data``. Raises InvalidDocument with each fault and its line."""
    document = load_json(data, source)
    problems = tuple(_faults(document))
    if problems:
        raise InvalidDocument(source, problems)
    rules = document.values.get("rules")
    return tuple(_rules(document, rules)) if isinstance(rules, list) else ()


def _rules(document: Document, rules: list[object]) -> Iterator[SafetyRule]:
    for index, rule in enumerate(rules):
        if isinstance(rule, dict):
            arguments = tuple(map(str, rule["block_args"]))
            line = document.positions.line(("rules", index)) or 1
            sub = str(rule.get("subcommand") or "")
            yield SafetyRule(str(rule["name"]), str(rule["command"]), sub, arguments, line)


def _faults(document: Document) -> Iterator[Problem]:
    values = document.values
    if values.get("version") != Number("1") or not isinstance(values.get("version"), Number):
        yield document.problem(("version",), "must be the number 1", _FIX)
    for key in values.keys() - {"$schema", "version", "rules"}:
        yield document.problem((key,), "is not a line this file can have", _FIX)
    rules = values.get("rules", [])
    if not isinstance(rules, list):
        yield document.problem(("rules",), "must be a list", _FIX)
        return
    if len(rules) > MAX_RULES:
        yield document.problem(("rules", MAX_RULES), f"more than {MAX_RULES:,} rules", _FIX)
        return
    names: set[str] = set()
    for index, rule in enumerate(rules):
        if isinstance(rule, dict):
            yield from _rule_faults(document, ("rules", index), rule, names)
        else:
            yield document.problem(("rules", index), "must be a table", _FIX)


def _rule_faults(
    document: Document, path: Path, rule: Mapping[str, object], names: set[str]
) -> Iterator[Problem]:
    if rule.keys() - _KEYS:
        yield document.problem((*path, "…"), "holds a line that no rule can have", _FIX)
    for key, shape in (("name", _NAME), ("command", _COMMAND), ("subcommand", _COMMAND)):
        value = rule.get(key)
        if value is None and key == "subcommand":
            continue
        if not _is_text(value) or not shape.fullmatch(str(value)):
            message = "must be letters, digits, - and _, with a letter first"
            yield document.problem((*path, key), message, _FIX)
    name = str(rule.get("name")).lower()
    if name in names:
        yield document.problem((*path, "name"), "is used twice", "give each rule its own name")
    names.add(name)
    yield from _list_faults(document, path, rule)


def _list_faults(document: Document, path: Path, rule: Mapping[str, object]) -> Iterator[Problem]:
    arguments = rule.get("block_args")
    if not isinstance(arguments, list) or not arguments:
        yield document.problem(
            (*path, "block_args"), "must be a list of texts, and not empty", _FIX
        )
    for index, item in enumerate(arguments if isinstance(arguments, list) else ()):
        if not _is_text(item) or not 0 < len(str(item)) <= MAX_TEXT:
            place = (*path, "block_args", index)
            yield document.problem(place, "must be a text, and not empty", _FIX)
    reason = rule.get("reason")
    if not _is_text(reason) or not 0 < len(str(reason)) <= 256:
        yield document.problem((*path, "reason"), "must be a text of at most 256 letters", _FIX)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not isinstance(value, Number)
