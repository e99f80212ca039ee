"""What contract and policy files share: field types, and pydantic's errors in our words."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pathspec import PathSpec
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from remit.codec.toml import Document
from remit.codec.toml_scan import Path
from remit.errors import Problem
from remit.model.contract import EXACTLY
from remit.model.groups import GROUPS
from remit.model.quantity import parse_duration, parse_money


class Table(BaseModel):
    """A TOML table: unknown keys and wrong types are errors, nothing is coerced."""

    model_config = ConfigDict(
        defer_build=True, extra="forbid", strict=True, frozen=True, populate_by_name=False
    )


def refuse(reason: str, fix: str) -> PydanticCustomError:
    """The error a field type raises: why the value does not hold, and what to write instead."""
    # Braces would be read as placeholders of the message template.
    return PydanticCustomError("remit", "{reason}", {"reason": reason, "fix": fix})


_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LINE_BREAK: Final = re.compile(r"[\n\t\u2028\u2029]")
_HOST: Final = re.compile(
    r"(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::\d{1,5})?"
    r"|\[[0-9a-f:]+\](?::\d{1,5})?",
    re.IGNORECASE,
)
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MAX_TEXT: Final = 2_000


def _prose(value: str) -> str:
    if not value.strip():
        raise refuse("is empty", "write something or remove the line")
    if _CONTROL.search(value):
        raise refuse("holds a control character", "remove it")
    if len(value) > _MAX_TEXT:
        raise refuse(f"is longer than {_MAX_TEXT:,} characters", "shorten it")
    return value


def _one_line(value: str) -> str:
    _prose(value)
    if _LINE_BREAK.search(value):
        raise refuse("spans more than one line", "write it on one line")
    return value


def _pattern(value: str) -> str:
    _one_line(value)
    fault = _pattern_fault(value)
    if fault:
        raise refuse(*fault)
    return value


def _pattern_fault(value: str) -> tuple[str, str] | None:
    if value != value.strip() or value.startswith("#"):
        return f"{value!r} would match nothing", "remove the space or the leading #"
    if value.startswith("!"):
        return f"{value!r} is a negation", "list what is allowed; leave the rest out"
    if value.startswith(("/", "~")) or re.match(r"[A-Za-z]:[\\/]", value):
        return f"{value!r} is absolute", "write it relative to the repository root"
    if "\\" in value:
        return f"{value!r} holds a backslash", "separate folders with /"
    parts = value.split("/")
    if ".." in parts:
        return f"{value!r} leaves the repository", "write it relative to the root, without '..'"
    if "." in parts or "" in parts[:-1]:
        return f"{value!r} is not in its shortest form", "write it without './' and '//'"
    try:
        PathSpec.from_lines("gitignore", [value])
    except ValueError:
        return f"{value!r} is no git-style pattern", 'write "src/**", "src/*.py" or a path'
    return None


def _duration(value: str) -> str:
    try:
        seconds = parse_duration(value)
    except ValueError as error:
        raise refuse(str(error), 'write a number and a unit: "90s", "20m", "2h"') from None
    if seconds == 0:
        raise refuse("is no time at all", 'write a number and a unit: "90s", "20m", "2h"')
    return value


def _wait(value: str) -> str:
    """As a duration; "0s" is not at all. Clients wait for a hook only so long."""
    seconds = 0 if value.strip() == "0s" else parse_duration(_duration(value))
    if seconds > MAX_WAIT_S:
        raise refuse(f"{value!r} is over an hour", 'write at most "1h"')
    return value


def _money(value: str) -> str:
    try:
        parse_money(value)
    except ValueError as error:
        raise refuse(str(error), 'write dollars as text: "2.00"') from None
    return value


def _zone(value: str) -> str:
    try:
        known = value == "UTC" or ZoneInfo(value)
    except (ValueError, OSError, KeyError):
        known = None
    if not known:
        raise refuse(f"{value!r} is no time zone of this machine", 'write "Europe/Zurich" or "UTC"')
    return value


def _host(value: str) -> str:
    if "://" in value or "/" in value:
        raise refuse(f"{value!r} is a URL", 'write only the host: "api.example.org"')
    if not _HOST.fullmatch(value):
        raise refuse(f"{value!r} is not a host name", 'write "api.example.org" or "*.example.org"')
    return value


def _variable(value: str) -> str:
    if "=" in value:
        name = value.partition("=")[0]
        raise refuse("holds a value", f"write only the name {name!r}; the value is taken at start")
    if not _VARIABLE.fullmatch(value):
        raise refuse(f"{value!r} is not a variable name", 'write a name such as "NODE_ENV"')
    return value


def _url(value: str) -> str:
    if not re.match(r"https?://[^\s/]+", value):
        raise refuse(f"{value!r} is not an http(s) URL", 'write "https://host/path"')
    if re.match(r"https?://[^/]*@", value):
        raise refuse("carries a credential", "name a variable in env instead")
    return _one_line(value)


MAX_WAIT_S = 3600


def _freed(value: str) -> str:
    _command(value)
    if value.startswith("@") and value not in GROUPS:
        near = difflib.get_close_matches(value, sorted(GROUPS), 1, 0.5)
        fix = f"write {near[0] if near else ' or '.join(sorted(GROUPS))}"
        raise refuse("is no group of commands", fix)
    return value


def _command(value: str) -> None:
    _one_line(value)
    rest = value.removeprefix(EXACTLY)
    if rest != value and (rest != rest.strip() or not rest or rest[0] in "@="):
        raise refuse("is no command behind =", 'write the whole command: "=npm run build"')


def _held(value: str) -> str:
    _command(value)
    if value.startswith("@"):
        raise refuse("is a group, which stands under free alone", "name the commands")
    return value


Freed = Annotated[str, AfterValidator(_freed)]
"""A command prefix, or a group of commands."""
Held = Annotated[str, AfterValidator(_held)]
Text = Annotated[str, Field(min_length=0), AfterValidator(_one_line)]
Prose = Annotated[str, AfterValidator(_prose)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Duration = Annotated[
    str, AfterValidator(_duration), Field(json_schema_extra={"pattern": r"^\d{1,7}\s*[smhd]$"})
]
Wait = Annotated[
    str, AfterValidator(_wait), Field(json_schema_extra={"pattern": r"^\d{1,7}\s*[smhd]$"})
]
Money = Annotated[
    str, AfterValidator(_money), Field(json_schema_extra={"pattern": r"^\$?\d+(\.\d{1,6})?$"})
]
Host = Annotated[str, AfterValidator(_host)]
Zone = Annotated[str, AfterValidator(_zone)]
Variable = Annotated[str, AfterValidator(_variable)]
Url = Annotated[str, AfterValidator(_url)]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
Amount = Annotated[int, Field(ge=1, le=10_000_000)]


_TYPES: Final = {
    "string_type": ("text", 'put it in quotes: "…"'),
    "list_type": ("a list", 'write a list: ["…"]'),
    "int_type": ("a whole number", "write a number without quotes"),
    "bool_type": ("true or false", "write true or false, without quotes"),
    "model_type": ("a table", "write it as a [table]"),
    "model_attributes_type": ("a table", "write it as a [table]"),
    "dict_type": ("a table", "write it as a [table]"),
}


def problems_of(
    error: ValidationError, document: Document, known: Callable[[Path], tuple[str, ...]]
) -> tuple[tuple[Path, Problem], ...]:
    """Every defect with its path. ``known`` lists the valid keys of the table at a path."""
    found = []
    for details in error.errors(include_url=False):
        path = tuple(details["loc"])
        message, fix = _words(details, path, known)
        found.append((path, document.problem(path, message, fix)))
    return tuple(found)


def _words(
    details: ErrorDetails, path: Path, known: Callable[[Path], tuple[str, ...]]
) -> tuple[str, str]:
    kind = details["type"]
    context = details.get("ctx", {})
    if kind == "remit":
        return str(context["reason"]), str(context["fix"])
    if kind == "extra_forbidden":
        return "is not a line this file can have", _unknown_fix(path, known)
    if kind == "missing":
        return "is missing", f"add `{path[-1]} = …`"
    if kind in _TYPES:
        wanted, fix = _TYPES[kind]
        return f"must be {wanted}, not {_kind_name(details['input'])}", fix
    if kind == "literal_error":
        return f"{details['input']!r} is not valid here", _choice_fix(details)
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = context["ge"] if "ge" in context else context["le"]
        side = "or more" if "ge" in context else "or less"
        return f"{details['input']} is out of range", f"write {bound:,} {side}"
    return str(details["msg"]), "correct the value"


def _choice_fix(details: ErrorDetails) -> str:
    expected = str(details.get("ctx", {}).get("expected", ""))
    choices = re.findall(r"'([^']*)'", expected)
    near = nearest(str(details["input"]), choices)
    if near:
        return f"did you mean `{near}`?"
    return f"write one of: {expected}"


def _unknown_fix(path: Path, known: Callable[[Path], tuple[str, ...]]) -> str:
    word = str(path[-1])
    here = known(path[:-1])
    near = nearest(word, here)
    if near:
        return f"did you mean `{near}`?"
    if len(path) > 1 and word in known(()):
        return f"`{word}` belongs above the first [table]"
    return "remove it; valid here: " + ", ".join(here)


def nearest(word: str, words: Iterable[str], cutoff: float = 0.6) -> str:
    """The word most like ``word``, or "" where none is as like as ``cutoff`` (0 to 1)."""
    by_lower = {known.lower(): known for known in words}
    near = difflib.get_close_matches(word.lower()[:80], by_lower, n=1, cutoff=cutoff)
    return by_lower[near[0]] if near else ""


def _kind_name(value: object) -> str:
    match value:
        case bool():
            return "true/false"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case dict():
            return "a table"
    return "a date or time"


def keys_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The TOML names of a table's lines."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def schema_text(schema: dict[str, object]) -> str:
    """A JSON Schema as it is published: indented, keys in a fixed order."""
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
