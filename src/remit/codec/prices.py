"""The table of prices that comes with Remit, from bytes."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from remit.model.prices import Clause, Match, ModelPrices, PriceTable
from remit.model.usage import PriceRow, Tier


class _Tier(msgspec.Struct):
    above: int
    input: int
    output: int | None = None
    cache_write_5m: int | None = None
    cache_write_1h: int | None = None
    cache_read: int | None = None


class _Price(msgspec.Struct):
    since: str
    when: dict[str, str]
    tiers: list[_Tier]


class _Row(msgspec.Struct):
    provider: str
    model: str
    match: list[list[tuple[Match, str]]]
    prices: list[_Price]


class _Table(msgspec.Struct):
    source: str
    digest: str
    rows: list[_Row]


def read_table(data: bytes) -> PriceTable:
    """The table that comes with Remit."""
    table = msgspec.json.decode(data, type=_Table)
    models = tuple(
        ModelPrices(row.provider, tuple(map(_way, row.match)), tuple(_rows(row, table.source)))
        for row in table.rows
    )
    return PriceTable(table.source, table.digest, models)


def _rows(row: _Row, source: str) -> Iterator[PriceRow]:
    for price in row.prices:
        yield PriceRow(
            row.provider,
            row.model,
            source,
            price.since,
            price.when.get("speed", ""),
            price.when.get("processing", ""),
            tuple(map(_tier, price.tiers)),
        )


def _way(clauses: list[tuple[Match, str]]) -> tuple[Clause, ...]:
    return tuple(Clause(match, text) for match, text in clauses)


def _tier(tier: _Tier) -> Tier:
    """A kind without a price of its own costs what the provider charges for input."""
    five = tier.cache_write_5m if tier.cache_write_5m is not None else tier.input
    return Tier(
        tier.above,
        tier.input,
        tier.output if tier.output is not None else 0,
        five,
        tier.cache_write_1h if tier.cache_write_1h is not None else five,
        tier.cache_read if tier.cache_read is not None else tier.input,
    )
