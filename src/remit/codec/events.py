"""Events as bytes and back. Stored bytes never change; older schemas are lifted by ``upcast``.

Bodies are ASCII JSON. A lone surrogate (a byte of a path that was not UTF-8) is kept as the JSON
escape ``\\udcXX``, which :func:`decode` turns into the same string again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache

from pydantic import JsonValue, TypeAdapter, ValidationError

from remit.codec.upcast import upcast
from remit.model.digest import digest_of
from remit.model.events import EVENTS, Event, Unrecognised

MAX_BODY = 1024 * 1024
MAX_WHOLE = 2**53 - 1
"""The largest integer every JSON reader reads alike."""
_EXCERPT = 200
_NAMES = {"Json": JsonValue, "Mapping": Mapping, "Sequence": Sequence}
"""What the forward references of ``model.json`` stand for when a body is read back."""
_BY_KIND = {event.kind: event for event in EVENTS}


@dataclass(frozen=True, slots=True)
class Encoded:
    """An event ready to be stored: ASCII JSON, at most :data:`MAX_BODY` bytes."""

    kind: str
    schema: int
    body: bytes


@cache
def _adapter(kind: str) -> TypeAdapter[Event]:
    adapter: TypeAdapter[Event] = TypeAdapter(_BY_KIND[kind])
    adapter.rebuild(force=True, _types_namespace=_NAMES)
    return adapter


def load() -> None:
    """Build every reader ahead of time: about 3 ms each at their first use."""
    for kind in _BY_KIND:
        _adapter(kind)


@cache
def _field_names(kind: type) -> tuple[str, ...] | None:
    """The fields of a dataclass; None for any other type."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else None


def encode(event: Event) -> Encoded:
    """The bytes of ``event``.

    ValueError where they are over the limit, or where the event holds what no reader would
    read back alike: a fraction, an integer beyond 2^53. TypeError for an object we do not store.
    """
    body = _ENCODER.encode(event).encode("ascii")
    if len(body) > MAX_BODY:
        raise ValueError(f"a {event.kind} event of {len(body)} bytes is over {MAX_BODY}")
    _parse(body)
    return Encoded(event.kind, event.schema, body)


def decode(kind: str, schema: int, body: bytes) -> Event:
    """The event in ``body``.

    A kind or schema of a newer Remit becomes ``Unrecognised``, named ``<kind>/<schema>``: an old
    reader keeps reading and shows that something is there. ValueError where the body is not
    what its kind promises.
    """
    known = _BY_KIND.get(kind)
    if known is None or schema > known.schema:
        excerpt = body[:_EXCERPT].decode("ascii", "replace")
        return Unrecognised(f"{kind}/{schema}", digest_of(body), excerpt)
    value = upcast(kind, schema, _parse(body))
    try:
        return _adapter(kind).validate_python(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"a {kind} event does not hold: {where}: {first['msg']}") from None


def _parse(body: bytes) -> object:
    if len(body) > MAX_BODY:
        raise ValueError(f"a body of {len(body)} bytes is over {MAX_BODY}")
    try:
        return _DECODER.decode(body.decode("ascii"))
    except RecursionError:
        raise ValueError("a body is nested too deeply") from None


def _plain(value: object) -> object:
    """Dataclasses as objects, in the order of their fields; mappings of any make as objects."""
    kind: type = type(value)
    names = _field_names(kind)
    if names is not None:
        return {name: getattr(value, name) for name in names}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a {type(value).__name__} cannot be stored")


def _no_float(text: str) -> object:
    raise ValueError(f"{text} is not a whole number, and bodies hold no others")


def _whole(text: str) -> int:
    if len(text) > 17 or not -MAX_WHOLE <= (number := int(text)) <= MAX_WHOLE:
        raise ValueError(f"{text[:20]} is beyond 2^53, and readers would not agree on it")
    return number


_ENCODER = json.JSONEncoder(separators=(",", ":"), default=_plain)
_DECODER = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float, parse_int=_whole)
