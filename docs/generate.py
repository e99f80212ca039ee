"""Writes docs/reference from the code: ``python docs/generate.py``.

A test compares what is committed with what this makes, so the reference cannot go stale.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click
from rule_ids import rules_in

from remit.codec import contract_schema, policy_file
from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.main import COMMANDS, remit
from remit.model import events

DOCS = Path(__file__).parent
SOURCE = DOCS.parent / "src" / "remit"
NOTICE = "<!-- made by docs/generate.py; change the code instead -->\n\n"
WIDTH = 90

EXITS = {
    Exit.YES: "yes: what was asked holds or was done",
    Exit.NO: "no: an answer, with its reasons",
    Exit.USAGE: "the command was called in a way that cannot be carried out",
    Exit.UNEXPECTED: "a defect of Remit; with REMIT_TRACE=1 it prints what to report",
    Exit.INVALID: "a contract, policy or setting does not hold",
    Exit.INTEGRITY: "a chain, blob or store is not what was written",
    Exit.CANNOT_SAY: "cannot say: the evidence to answer is missing, unsigned or stale",
    Exit.INTERRUPTED: "interrupted",
}

MEANINGS = {
    "run.opened": "Where the run stands: repository, branch, commit and what was uncommitted.",
    "layers.declared": "Which layers hold this run. A layer that is off is listed as off.",
    "snapshot.taken": "The working tree as it stood before the agent was started.",
    "agent.launched": "The client was started, with this command line and these settings.",
    "prompt.submitted": "What the client gave to the model, redacted and bounded.",
    "tool.requested": "The agent asked for a tool call. Written before the call is answered.",
    "decision.made": "The answer to a request, with every reason.",
    "tree.compared": "The tree was compared with the snapshot, and something stood differently.",
    "paths.restored": "Paths were put back as the snapshot holds them.",
    "subagent.changed": "A subagent started or ended.",
    "agent.exited": "The client and everything it had started are gone.",
    "commit.made": "The result became a commit on a branch of the run: the packet's subject.",
    "run.closed": "The last word on the run.",
}
"""Kinds whose class says nothing beyond its fields."""

_ELSEWHERE = re.compile(r"\s*\((?:R\d+(?:[-–,]\s*R?\d+)*|requirements §[\d.]+|,\s*)+\)")
"""Numbers of a document that is not part of the repository."""


def pages() -> dict[str, str]:
    """File name below docs/reference -> text."""
    made = {
        "commands.md": commands(),
        "exit-codes.md": exit_codes(),
        "contract.md": contract(),
        "policy.md": policy(),
        "events.md": event_kinds(),
        "rules.md": rules(),
    }
    return {name: f"{NOTICE}{text.rstrip()}\n" for name, text in made.items()}


def plain(text: str) -> str:
    """A docstring as one paragraph of Markdown."""
    one = " ".join(_ELSEWHERE.sub("", text).split())
    return one.replace("``", "`").replace("|", "\\|")


# commands


def commands() -> str:
    context = click.Context(remit, info_name="remit")
    parts = [
        "# Commands\n\nAll commands exit with the codes listed in [exit codes](exit-codes.md)."
    ]
    for name in sorted(COMMANDS):
        command = remit.get_command(context, name)
        if command is None:
            raise SystemExit(f"there is no command {name}")
        parts.extend(_command(command, click.Context(command, context, info_name=name), 2))
    return "\n\n".join(parts)


def _command(command: click.Command, context: click.Context, depth: int) -> Iterator[str]:
    path = context.command_path
    yield f"{'#' * depth} {path}"
    yield f"```text\n{path} {' '.join(command.collect_usage_pieces(context))}\n```"
    yield from _help(command)
    described = [_option(context, parameter) for parameter in command.params]
    if options := [text for text in described if text]:
        yield "\n".join(options)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _command(inner, click.Context(inner, context, info_name=name), depth + 1)


def _help(command: click.Command) -> Iterator[str]:
    for block in inspect.cleandoc(command.help or "").split("\n\n"):
        if block.lstrip().startswith("\b"):
            kept = inspect.cleandoc(block.strip().removeprefix("\b"))
            yield f"```text\n{kept.strip()}\n```"
        elif block.strip():
            yield plain(block)


def _option(context: click.Context, parameter: click.Parameter) -> str:
    record = parameter.get_help_record(context)
    return f"- `{record[0]}`: {plain(record[1])}" if record and record[1] else ""


def exit_codes() -> str:
    rows = "\n".join(f"## {code.value}\n\n`{code.name}`: {EXITS[code]}.\n" for code in Exit)
    return (
        "# Exit codes\n\nOne list for every command. In CI everything but 0 blocks.\n\n"
        f"{rows}\n`remit run` exits with the verdict on the run, not with the agent's own code. "
        'The hook client is the one exception: there 2 means "block", because that is the '
        "language of the agent's client."
    )


# files people write


def contract() -> str:
    intro = (
        "# Contract\n\nA TOML file, schema 1. The JSON Schema, for an editor, comes from "
        "`remit policy schema contract`."
    )
    return _schema(intro, contract_schema.json_schema())


def policy() -> str:
    intro = (
        "# Policy\n\nA TOML file, schema 1. It bounds all contracts of a repository, a user or a "
        "machine. The JSON Schema comes from `remit policy schema policy`."
    )
    return _schema(intro, policy_file.json_schema())


def _schema(intro: str, schema: Mapping[str, object]) -> str:
    definitions = schema.get("$defs")
    tables = definitions if isinstance(definitions, dict) else {}
    parts = [intro, "## Top level", *_table(schema, schema.get("required"))]
    for key, table in _tables(schema, tables, ""):
        parts += [f"## {key}", plain(str(table.get("description", ""))), *_table(table, None)]
    return "\n\n".join(part for part in parts if part)


def _tables(
    schema: Mapping[str, object], known: Mapping[str, object], above: str
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The tables below ``schema`` under the names they have in TOML."""
    for key, given in _properties(schema):
        text = repr(given)
        found = re.search(r"#/\$defs/(\w+)", text)
        if found:
            table = known[found[1]]
            assert isinstance(table, dict)
            many = "'items'" in text
            named = f"{above}{key}.NAME" if "'additionalProperties'" in text else f"{above}{key}"
            yield (f"[[{named}]]" if many else f"[{named}]"), table
            yield from _tables(table, known, f"{named}.")


def _properties(schema: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    properties = schema.get("properties")
    if isinstance(properties, dict):
        yield from properties.items()


def _table(schema: Mapping[str, object], required: object) -> Iterator[str]:
    named = required if isinstance(required, list) else schema.get("required") or []
    rows = []
    for key, given in _properties(schema):
        if "$defs" in repr(given):
            continue
        must = " Required." if isinstance(named, list) and key in named else ""
        default = _default(given)
        rows.append(
            f"- `{key}` ({_kind(given)}): {plain(str(given.get('description', '')))}{must}{default}"
        )
    if rows:
        yield "\n".join(rows)


def _default(given: Mapping[str, object]) -> str:
    value = given.get("default")
    if value in (None, [], {}, ""):
        return ""
    shown = str(value).lower() if isinstance(value, bool) else value
    return f" Default `{shown}`."


def _kind(given: Mapping[str, object]) -> str:
    if "enum" in given:
        choices = given["enum"]
        assert isinstance(choices, list)
        return " or ".join(f'`"{choice}"`' for choice in choices)
    either = given.get("anyOf")
    if isinstance(either, list):
        return next(_kind(one) for one in either if one.get("type") != "null")
    if given.get("type") == "array":
        items = given.get("items")
        return f"list of {_kind(items)}s" if isinstance(items, dict) else "list"
    return {"string": "text", "integer": "number", "boolean": "true or false"}.get(
        str(given.get("type")), str(given.get("type"))
    )


# events


@dataclass(frozen=True, slots=True)
class _Described:
    """A class as its source describes it: its docstring, and each field with its type and words."""

    text: str
    fields: tuple[tuple[str, str, str], ...]


def event_kinds() -> str:
    described: dict[str, _Described] = {}
    names = (
        "grant",
        "grant_events",
        "pause_events",
        "friction_events",
        "policy_events",
        "touch",
        "steering",
        "deciding",
        "loop_events",
        "meter_events",
        "attempt_events",
        "check_events",
        "budget_events",
        "claimed_events",
    )
    for name in ("events", *names):
        described |= _described(SOURCE / "model" / f"{name}.py")
    parts = [
        "# Events\n\nWhat a run's entries say. Each entry's header carries the kind and the schema "
        "number, its body these fields as JSON."
    ]
    for event in events.EVENTS:
        about = described[event.__name__]
        meaning = about.text or MEANINGS[event.kind]
        parts += [f"## {event.kind}", f"{plain(meaning)} Schema {event.schema}."]
        rows = [
            f"- `{name}` ({_type(kind)}){': ' if words else ''}{plain(words)}"
            for name, kind, words in about.fields
        ]
        parts.append("\n".join(rows))
    parts += ["## Parts", *_parts(described)]
    parts += ["## Words", "The values that fields of these types take.", *_words()]
    return "\n\n".join(part for part in parts if part)


_PLAIN_TYPES = {"str": "text", "int": "number", "bool": "true or false", "JsonObject": "object"}
_PARTS = (
    *("Layer", "CarriedItem", "TestCounts"),
    *("GrantRequest", "Item", "Grant", "Granter", "Signature", "Expiry", "Refusal", "Revocation"),
    *("DecidingRules", "SigningKeys", "PolicyList", "Touch"),
    *("ClaimedAnswer", "SourceTotal", "Difference"),
)
_WORDS = (
    *("contract", "events", "endings", "decision", "request", "tree", "grant"),
    *("pause_events", "claimed_events"),
)
"""Modules of the model whose words stand in events."""


def _type(written: str) -> str:
    if written.endswith(" | None"):
        return f"{_type(written.removesuffix(' | None'))}, or nothing"
    if found := re.fullmatch(r"tuple\[(\w+), \.\.\.\]", written):
        return f"list of {_type(found[1])}"
    return _PLAIN_TYPES.get(written, written)


def _parts(described: Mapping[str, _Described]) -> Iterator[str]:
    for name in _PARTS:
        about = described[name]
        yield f"### {name}\n\n{plain(about.text)}".rstrip()
        yield "\n".join(
            f"- `{field}` ({_type(kind)}){': ' if words else ''}{plain(words)}"
            for field, kind, words in about.fields
        )


def _words() -> Iterator[str]:
    for module in _WORDS:
        tree = ast.parse((SOURCE / "model" / f"{module}.py").read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and "StrEnum" in {ast.unparse(b) for b in node.bases}:
                about = plain(ast.get_docstring(node) or "")
                yield f"### {node.name}" + (f"\n\n{about}" if about else "")
                yield "\n".join(
                    f"- `{value}`{': ' if words else ''}{plain(words)}"
                    for value, words in _members(node)
                )


def _members(node: ast.ClassDef) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for item in node.body:
        value = getattr(item, "value", None)
        if isinstance(item, ast.Assign) and isinstance(value, ast.Constant):
            found.append((str(value.value), ""))
        elif isinstance(item, ast.Expr) and isinstance(value, ast.Constant) and found:
            found[-1] = (found[-1][0], str(value.value))
    return found


def _described(file: Path) -> dict[str, _Described]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name: _of(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _of(node: ast.ClassDef) -> _Described:
    fields: list[tuple[str, str, str]] = []
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            kind = ast.unparse(item.annotation)
            if not kind.startswith("ClassVar"):
                fields.append((item.target.id, kind, ""))
        elif isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant) and fields:
            name, kind, _ = fields[-1]
            fields[-1] = (name, kind, str(item.value.value))
    return _Described(ast.get_docstring(node) or "", tuple(fields))


# rules


def rules() -> str:
    parts = [
        "# Rules\n\nThe ids that stand in decisions and findings. `…` is filled in from the case.",
        "## Decisions on calls",
    ]
    decisions = (
        *(SOURCE / "policy" / "engine.py", SOURCE / "policy" / "grants.py"),
        SOURCE / "model" / "decision.py",
    )
    for file in (*decisions, *sorted((SOURCE / "policy" / "rules").glob("*.py"))):
        parts += _rules(file)
    parts.append("## Findings of the gate")
    for file in sorted((SOURCE / "policy" / "gate").glob("*.py")):
        parts += _rules(file)
    return "\n\n".join(parts)


def _rules(file: Path) -> Iterator[str]:
    text = file.read_text(encoding="utf-8")
    if found := rules_in(text):
        about = (ast.get_docstring(ast.parse(text)) or "").split("\n\n")[0]
        yield f"### {file.stem}\n\n{plain(about)}"
        yield "\n".join(f"- `{rule}`{': ' if said else ''}{said}" for rule, said in found.items())


def main() -> None:
    place = DOCS / "reference"
    place.mkdir(exist_ok=True)
    for name, text in pages().items():
        (place / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
