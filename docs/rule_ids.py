"""Rule ids and their sentences, read from the source of the rules."""

from __future__ import annotations

import ast
import re

from remit.policy.shell.dynamic import Family

RULE = re.compile(r"[a-z]+(?:-[a-z]+)*\.[a-z][a-z-]*")


def rules_in(source: str) -> dict[str, str]:
    """Every rule id in a call, tuple or result, with the sentence that stands beside it."""
    tree = ast.parse(source)
    found: dict[str, str] = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            _collect(function, found)
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            _collect(node, found)
    return dict(sorted(found.items()))


def _collect(scope: ast.AST, found: dict[str, str]) -> None:
    local = _assigned(scope)
    for node in ast.walk(scope):
        items = node.args if isinstance(node, ast.Call) else getattr(node, "elts", None) or []
        items = [node.value] if isinstance(node, ast.Return) and node.value else items
        for position, item in enumerate(items):
            for rule in _spelled(_text(item)):
                found[rule] = found.get(rule) or _sentence(items[position + 1 :], local)


def _assigned(scope: ast.AST) -> list[tuple[str, int, str]]:
    """Local names with the line where they get a text, and the text."""
    return [
        (target.id, node.lineno, _text(node.value))
        for node in ast.walk(scope)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]


def _sentence(items: list[ast.expr], local: list[tuple[str, int, str]]) -> str:
    for item in items:
        if isinstance(item, ast.Name) and item.id in ("message", "why"):
            before = [(line, text) for name, line, text in local if name == item.id]
            return max((pair for pair in before if pair[0] <= item.lineno), default=(0, ""))[1]
        if " " in (said := _text(item)):
            return said.replace("……", "…")
    return ""


def _spelled(text: str) -> list[str]:
    if text == "shell.…":
        return [f"shell.{family}" for family in Family]
    if text == "phase.…":
        return ["phase.new", "phase.ended", "phase.closed"]
    return [text] if RULE.fullmatch(text) else []


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        pieces = (part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
        return "".join(str(piece) for piece in pieces)
    return ""
