"""The packet as JSON: deterministic bytes that are hashed, and a strict way back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NoReturn

from pydantic import GetCoreSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, core_schema

from remit.errors import InvalidDocument, Problem
from remit.model.json import Json
from remit.model.packet import Packet
from remit.model.untrusted import Untrusted, well_formed

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 32
MAX_PROBLEMS = 20


def _as_text(cls: type[Untrusted], source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
    """Untrusted travels as a plain string; in our own types it is wrapped again."""
    text = core_schema.str_schema()
    return core_schema.no_info_after_validator_function(
        cls,
        text,
        serialization=core_schema.plain_serializer_function_ser_schema(
            lambda value: value.text, return_schema=text
        ),
    )


@cache
def adapter() -> TypeAdapter[Packet]:
    """What turns plain values into a packet and back."""
    # The model knows nothing of pydantic, so its one special type is taught here.
    setattr(Untrusted, "__get_pydantic_core_schema__", classmethod(_as_text))  # noqa: B010
    return TypeAdapter(Packet)


def packet_json(packet: Packet) -> bytes:
    """The packet's bytes: sorted keys, two spaces, ASCII, one line feed at the end.

    ASCII alone, so that printing them moves no cursor and reorders nothing.
    """
    value = _plain(adapter().dump_python(packet))
    text = json.dumps(value, sort_keys=True, indent=2, allow_nan=False)
    return f"{text}\n".encode("ascii")


def _plain(value: object) -> Json:
    """Lists and text as JSON has them; lone surrogates spelled out."""
    match value:
        case str():
            return well_formed(value)
        case tuple() | list():
            return [_plain(item) for item in value]
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case None | bool() | int():
            return value
    raise TypeError(f"a packet cannot carry {type(value).__name__}")


def read_packet(data: bytes, source: str = "packet") -> Packet:
    """The packet in ``data``; raises InvalidDocument with every problem that was found.

    Refused: over 8 MiB, over 32 levels, keys that are doubled, unknown or missing, wrong
    types, other schema versions, and numbers that are not whole.
    """
    value = _parsed(data, source)
    _demand_version(value, source)
    try:
        packet = adapter().validate_json(data, strict=True)
    except ValidationError as error:
        raise InvalidDocument(source, _problems(error), _REMEDY) from None
    strange = next(_strangers(value, _plain(adapter().dump_python(packet)), ""), None)
    if strange is not None:
        raise _refused(source, strange, "has no place in a packet")
    return packet


_REMEDY = "take the file as Remit wrote it: remit packet RUN --format path"


def _refused(source: str, key: str, message: str) -> InvalidDocument:
    return InvalidDocument(source, (Problem(key, message, ""),), _REMEDY)


def _parsed(data: bytes, source: str) -> Json:
    if len(data) > MAX_BYTES:
        raise _refused(source, "file", f"is {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        value: Json = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_not_whole,
            parse_float=_not_whole,
        )
    except RecursionError:
        raise _refused(source, "file", f"is nested over {MAX_DEPTH} levels deep") from None
    except ValueError as error:
        raise _refused(source, "file", f"is not JSON as a packet has it: {error}") from None
    if _deeper_than(value, MAX_DEPTH):
        raise _refused(source, "file", f"is nested over {MAX_DEPTH} levels deep")
    return value


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"key {next(key for key in keys if keys.count(key) > 1)!r} is doubled")
    return found


def _not_whole(text: str) -> NoReturn:
    raise ValueError(f"{text[:40]} is not a whole number")


def _deeper_than(value: Json, limit: int) -> bool:
    level: list[Json] = [value]
    for _ in range(limit + 1):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: Json) -> Iterable[Json]:
    match value:
        case list():
            return value
        case dict():
            return value.values()
    return ()


def _demand_version(value: Json, source: str) -> None:
    if not isinstance(value, dict):
        raise _refused(source, "file", "is not a JSON object")
    schema = value.get("schema")
    if schema != 1:
        raise _refused(source, "schema", f"is {schema!r}; this Remit reads packets of schema 1")


def _problems(error: ValidationError) -> tuple[Problem, ...]:
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return tuple(
        Problem(".".join(str(part) for part in item["loc"]) or "file", item["msg"], "")
        for item in found[:MAX_PROBLEMS]
    )


def _strangers(given: Json, known: Json, at: str) -> Iterator[str]:
    """Keys of ``given`` that the reader dropped, by their path."""
    match given, known:
        case dict(), dict():
            for key, value in given.items():
                place = f"{at}.{key}" if at else key
                if key in known:
                    yield from _strangers(value, known[key], place)
                else:
                    yield place
        case list(), list():
            for number, (left, right) in enumerate(zip(given, known, strict=True)):
                yield from _strangers(left, right, f"{at}.{number}")
