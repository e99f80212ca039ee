"""What a person's command says to a run's supervisor: one JSON object each way, one line each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from pydantic import TypeAdapter, ValidationError

from remit.errors import UsageError
from remit.model.grant import Expiry
from remit.model.json import Json, JsonObject

MAX_LINE = 64 * 1024


HOW_TO_END = "say when it ends: --uses 1, --for 30m, or --until end (the end of the task)"


class Do(StrEnum):
    REQUESTS = "requests"
    GRANT = "grant"
    REFUSE = "refuse"
    REVOKE = "revoke"
    MARK = "mark"
    EXTEND = "extend"


@dataclass(frozen=True, slots=True)
class Command:
    """One thing to do. ``subject`` is a request, a grant, a call or a limit, of which ``amount``
    more is given; a grant says when it ends, and may come with the signed statement and its
    signature."""

    do: Do
    subject: str = ""
    reason: str = ""
    expiry: Expiry | None = None
    evidence: str = ""
    shown: str = ""
    statement: str = ""
    signature: str = ""
    amount: int = 0


@cache
def _adapter() -> TypeAdapter[Command]:
    return TypeAdapter(Command)


def read_command(line: bytes) -> Command:
    """The command in ``line``; UsageError where it is none, or grants without an end."""
    try:
        command = _adapter().validate_json(line)
    except (ValidationError, ValueError):
        raise UsageError("that is not a command of this Remit", "use the same version") from None
    if command.do is Do.GRANT and command.expiry is None:
        raise UsageError("a grant without an end is none", HOW_TO_END)
    return command


def line_of(value: JsonObject) -> bytes:
    """``value`` as one line."""
    return json.dumps(value, ensure_ascii=True).encode("ascii") + b"\n"


def read_answer(line: bytes) -> dict[str, Json]:
    """The supervisor's answer; ValueError where it is none."""
    value: Json = json.loads(line)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value
