"""What reading commands print with ``--json``: our values as JSON, deterministic."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

from remit.adapters.render.escape import json_text
from remit.model.json import Json, JsonObject
from remit.model.untrusted import Untrusted

if TYPE_CHECKING:
    from remit.model.verdict import Verdict


def dumps(value: JsonObject) -> str:
    """One JSON document in ASCII, sorted: on a terminal it moves nothing, in CI it runs nothing."""
    text = json.dumps(plain(value), indent=2, sort_keys=True)
    return text.replace("##", "#\\u0023")


def verdict_json(verdict: Verdict) -> JsonObject:
    """``{"outcome", "findings": [{"rule", "severity", "message", "subject", "fix"}]}``."""
    return {
        "outcome": verdict.outcome.value,
        "findings": [plain(finding) for finding in verdict.findings],
    }


def plain(value: object) -> Json:
    """A value of the model as JSON has it."""
    match value:
        case Untrusted() | str():
            return json_text(value)
        case None | bool() | int():
            return value
        case tuple() | list():
            return [plain(item) for item in value]
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: plain(getattr(value, field.name)) for field in fields}
    raise TypeError(f"{type(value).__name__} has no JSON form")
