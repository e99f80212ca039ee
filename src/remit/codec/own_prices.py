"""A user's own prices, from TOML."""

from __future__ import annotations

import re

import msgspec

from remit.codec.toml import Document, load
from remit.errors import InvalidDocument, Problem
from remit.model.prices import Clause, Match, ModelPrices
from remit.model.quantity import parse_money
from remit.model.usage import PriceRow, Tier

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class _Own(msgspec.Struct, forbid_unknown_fields=True):
    input: str
    output: str
    cache_write_5m: str | None = None
    cache_write_1h: str | None = None
    cache_read: str | None = None
    since: str = ""


class _OwnTable(msgspec.Struct, forbid_unknown_fields=True):
    models: dict[str, _Own]


def read_own(text: str, source: str) -> tuple[ModelPrices, ...]:
    """A user's prices; InvalidDocument says what does not hold, and where."""
    document = load(text, source)
    try:
        table = msgspec.convert(document.values, _OwnTable)
    except msgspec.ValidationError as error:
        raise _refused(source, "models", str(error).replace("`", "'"), _SHAPE) from None
    return tuple(_own(name, own, document) for name, own in table.models.items())


_SHAPE = """each model needs input and output, such as input = "3.00" (dollars for a million)"""


def _own(name: str, own: _Own, document: Document) -> ModelPrices:
    if own.since and not _DAY.fullmatch(own.since):
        key = f"models.{name}.since"
        raise _refused(document.source, key, f"{own.since!r} is no day", 'write "2026-01-31"')
    price = _money(own.input, name, "input", document)
    tier = Tier(
        above=0,
        input=price,
        output=_money(own.output, name, "output", document),
        cache_write_5m=_money(own.cache_write_5m, name, "cache_write_5m", document, price * 5 // 4),
        cache_write_1h=_money(own.cache_write_1h, name, "cache_write_1h", document, price * 2),
        cache_read=_money(own.cache_read, name, "cache_read", document, price),
    )
    row = PriceRow("own", name, document.source, own.since, "", "", (tier,))
    clause = Clause(Match.STARTS, name[:-1]) if name.endswith("*") else Clause(Match.EQUALS, name)
    return ModelPrices("own", ((clause,),), (row,))


def _money(text: str | None, model: str, key: str, document: Document, otherwise: int = 0) -> int:
    """Dollars for a million tokens are micro-dollars for one: a million times that is ours."""
    if text is None:
        return otherwise
    try:
        return parse_money(text)
    except ValueError as error:
        path = ("models", model, key)
        raise InvalidDocument(
            document.source, (document.problem(path, str(error), 'write "3.00"'),)
        ) from None


def _refused(source: str, key: str, message: str, fix: str) -> InvalidDocument:
    return InvalidDocument(source, (Problem(key, message, fix, 1),))
