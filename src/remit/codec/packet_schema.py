"""The packet's JSON Schema, with the model's own docstrings as descriptions."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap
from collections.abc import Iterator
from enum import Enum
from itertools import pairwise
from typing import Any, get_args, get_type_hints

from remit.codec.packet import adapter
from remit.model.packet import Packet

SCHEMA_ID = "urn:remit:schema:packet:v1"


def schema() -> dict[str, Any]:
    """The schema as published in ``schema/packet.v1.json`` (JSON Schema 2020-12)."""
    found = adapter().json_schema(mode="serialization")
    _describe(found, Packet)
    for name, kind in _kinds(Packet, {}).items():
        if name in found["$defs"]:
            _describe(found["$defs"][name], kind)
    found["properties"]["schema"] = {"const": 1, "description": "Version of this form."}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID}
    return {**head, **found, "title": "Remit review packet"}


def _describe(part: dict[str, Any], kind: type) -> None:
    """Close ``part`` to unknown keys and tell what each line of it is."""
    told = inspect.cleandoc(kind.__doc__ or "")
    # Without a docstring a dataclass carries its signature as one.
    part["description"] = (
        told if told and not told.startswith(f"{kind.__name__}(") else kind.__name__
    )
    if "properties" not in part:
        return
    part["additionalProperties"] = False
    part["required"] = list(part["properties"])
    for name, text in _line_docs(kind):
        if name in part["properties"]:
            part["properties"][name]["description"] = text


def _line_docs(kind: type) -> Iterator[tuple[str, str]]:
    """The strings that stand below the lines of a dataclass."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    statements = body.body if isinstance(body, ast.ClassDef) else []
    for line, after in pairwise(statements):
        match line, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, inspect.cleandoc(text)


def _kinds(kind: type, found: dict[str, type]) -> dict[str, type]:
    """Every dataclass and enum a dataclass is made of, by name."""
    for hint in get_type_hints(kind).values():
        for inner in (hint, *get_args(hint)):
            if isinstance(inner, type) and inner.__name__ not in found:
                if dataclasses.is_dataclass(inner):
                    found[inner.__name__] = inner
                    _kinds(inner, found)
                elif issubclass(inner, Enum):
                    found[inner.__name__] = inner
    return found
