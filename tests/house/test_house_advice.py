"""Messages that say what to do next name commands and options that exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click

from remit.interfaces.cli.main import COMMANDS, remit

SOURCE = Path(__file__).parents[2] / "src" / "remit"
_ADVICE = re.compile(r"(?<![\w/.`-])`?remit (?P<words>[a-z][a-z-]*(?: [^\n`;:,()]*)?)")
_PROSE = re.compile(r"remit (is|will|does|has|itself|could|cannot|keeps)\b")


def texts(file: Path) -> Iterator[tuple[int, str]]:
    """Every text of a file, docstrings too, for help is made of them; X is what is filled in."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    inside = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "X" for part in node.values)
            yield node.lineno, "".join(str(part) for part in parts)
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in inside
        ):
            yield node.lineno, node.value


def advice() -> list[tuple[str, str]]:
    return [
        (f"{file.relative_to(SOURCE).as_posix()}:{line}", match["words"].strip())
        for file in sorted(SOURCE.rglob("*.py"))
        for line, text in texts(file)
        for match in _ADVICE.finditer(text)
        if not _PROSE.match(match[0].lstrip("`"))
    ]


def fault(words: list[str]) -> str:
    """What of a command line does not exist, or ``""``."""
    context = click.Context(remit, info_name="remit")
    if words[0] in ("hook",):
        return ""
    if words[0] not in COMMANDS:
        return f"no command {words[0]}"
    command = remit.get_command(context, words[0])
    rest = words[1:]
    if isinstance(command, click.Group):
        if not rest or (inner := command.get_command(context, rest[0])) is None:
            return f"no subcommand of {words[0]}: {' '.join(rest[:1])}"
        command, rest = inner, rest[1:]
    assert command is not None
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    mine = rest[: rest.index("--")] if "--" in rest else rest
    unknown = [word for word in mine if re.fullmatch(r"--?[a-z][a-z-]*", word)]
    return " ".join(word for word in unknown if word not in {*known, "--help", "-h"})


def test_advice_can_be_followed() -> None:
    given = advice()
    assert len(given) > 20
    wrong = {f"{where}: remit {words}": fault(words.split()) for where, words in given}
    assert {told: why for told, why in wrong.items() if why} == {}
