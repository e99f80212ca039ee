"""Hook payloads of Claude Code as bounded JSON values. Nothing here believes a payload.

Numbers with a fraction or an exponent, and integers beyond what every JSON reader agrees on
(plus or minus 2**53 - 1), become the text they were written as: hashed values hold no floats.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import NoReturn

from remit.model.json import Json, JsonObject

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 64
MAX_STRINGS = 200_000
MAX_VALUES = 200_000
MAX_IDENTIFIER = 256
MAX_PATH = 16 * 1024

_SAFE_INTEGER = 2**53 - 1
_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NO_MARK = bytes(set(range(256)) - set(b"[]{},"))
_ONE_KIND = bytes.maketrans(b"{}", b"[]")


class PayloadFault(Exception):
    """What is wrong with a payload, for a person to read."""


def parse(body: bytes) -> JsonObject:
    """The object in ``body``; :class:`PayloadFault` on anything else, within bounded time."""
    if len(body) > MAX_BYTES:
        raise PayloadFault(f"the payload is over {MAX_BYTES // 1024 // 1024} MiB")
    if not body.strip():
        raise PayloadFault("the payload is empty")
    _refuse_shape(body)
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise PayloadFault("the payload is not UTF-8") from None
    except (json.JSONDecodeError, RecursionError) as error:
        raise PayloadFault(f"the payload is not JSON ({error})"[:200]) from None
    if not isinstance(value, dict):
        raise PayloadFault("the payload is not a JSON object")
    return value


def _refuse_shape(body: bytes) -> None:
    """Bound what the parser will build, by sweeps in C: strings first, then values, then depth.

    Depth: matched brackets are peeled off, innermost first. Which kind closes which is left to
    the parser.
    """
    if body.count(b'"') - body.count(b'\\"') > 2 * MAX_STRINGS:
        raise PayloadFault("the payload holds too many strings")
    opened = body.count(b"[") + body.count(b"{")
    if opened <= MAX_DEPTH and body.count(b",") + 2 * opened <= MAX_VALUES:
        return  # within the limits even if nothing of it stood inside a string
    marks = _STRINGS.sub(b"", body).translate(_ONE_KIND, _NO_MARK)
    if len(marks) > MAX_VALUES:
        raise PayloadFault("the payload holds too many values")
    brackets = marks.translate(None, b",")
    for _ in range(MAX_DEPTH):
        if not brackets:
            return
        brackets = brackets.replace(b"[]", b"")
    if brackets:
        raise PayloadFault(
            f"the payload is nested over {MAX_DEPTH} deep, or a bracket is not closed"
        )


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise PayloadFault("a key stands twice in one object")
    return found


def _integer(text: str) -> Json:
    if len(text) > 17:
        return text
    number = int(text)
    return number if -_SAFE_INTEGER <= number <= _SAFE_INTEGER else text


def _constant(text: str) -> NoReturn:
    raise PayloadFault(f"{text} is not a JSON number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=str, parse_constant=_constant
)


def identifier(payload: JsonObject, key: str) -> str:
    """A short, non-empty, printable string that must be there."""
    value = optional_identifier(payload, key)
    if not value:
        raise PayloadFault(f"{key} is missing")
    return value


def optional_identifier(payload: JsonObject, key: str) -> str:
    """As :func:`identifier`, ``""`` where the key is missing or null."""
    value = payload.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_IDENTIFIER or not value.isprintable():
        raise PayloadFault(f"{key} is not a short name")
    return value


def absolute_path(payload: JsonObject, key: str) -> str:
    value = payload.get(key)
    if not isinstance(value, str) or not value.startswith("/"):
        raise PayloadFault(f"{key} is not an absolute path")
    if len(value) > MAX_PATH or unclean(value):
        raise PayloadFault(f"{key} is not a usable path")
    return value


def exact_object(payload: JsonObject, key: str) -> JsonObject:
    """An object that will be decided on: every string in it must be exactly what a tool gets."""
    value = payload.get(key)
    if not isinstance(value, dict):
        raise PayloadFault(f"{key} is not an object")
    if unclean(value):
        raise PayloadFault(f"{key} holds a NUL or half a character")
    return value


def unclean(value: Json) -> bool:
    """Whether a string in ``value`` holds a NUL or a lone surrogate. Depth is bounded by parse."""
    if isinstance(value, str):
        return scrubbed_text(value) != value
    if isinstance(value, Mapping):
        return any(unclean(key) or unclean(item) for key, item in value.items())
    if isinstance(value, Sequence):
        return any(unclean(item) for item in value)
    return False


def text(payload: JsonObject, key: str) -> str:
    """Words to be recorded, never decided on; ``""`` where there are none."""
    value = payload.get(key)
    return scrubbed_text(value) if isinstance(value, str) else ""


def scrubbed(value: Json) -> Json:
    """``value`` with NULs and lone surrogates replaced, for what is only recorded."""
    if isinstance(value, str):
        return scrubbed_text(value)
    if isinstance(value, Mapping):
        return {scrubbed_text(key): scrubbed(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [scrubbed(item) for item in value]
    return value


def scrubbed_text(value: str) -> str:
    """The parser joined what were pairs, so a surrogate that is left is half a character: ``?``."""
    whole = value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    return whole.replace("\0", "\ufffd")


def milliseconds(payload: JsonObject, key: str) -> int | None:
    """A duration, rounded down; None where it is missing or not a number."""
    value = payload.get(key)
    if isinstance(value, str) and re.fullmatch(r"\d{1,15}\.\d{1,20}", value):
        return int(value.split(".")[0])
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return value
