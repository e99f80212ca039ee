"""Makes ``src/remit/storage/prices.json`` from the data of genai-prices.

Run it after an update of genai-prices: ``python tests/unit/price_rows.py``. A test compares what
is committed with what this makes. genai-prices itself stays a development dependency: its import
takes half a second and brings an HTTP client (ADR 0020).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from genai_prices import types
from genai_prices.data import providers

TARGET = Path("src/remit/storage/prices.json")
PROVIDERS = {"anthropic": "", "aws": "claude", "google": "", "openai": ""}
"""Provider -> what a model's id must contain: those whose agents leave transcripts we read."""
KINDS = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write_5m",
    "cache_write_1h_mtok": "cache_write_1h",
}
PER_TOKEN = 1_000_000
"""Dollars for a million tokens -> millionths of a micro-dollar for one."""


def document() -> dict[str, object]:
    rows = list(_rows())
    body = json.dumps(rows, sort_keys=True).encode()
    return {
        "source": f"genai-prices {metadata.version('genai-prices')}",
        "digest": hashlib.sha256(body).hexdigest()[:16],
        "rows": rows,
    }


def text() -> str:
    head = document()
    rows = head.pop("rows")
    assert isinstance(rows, list)
    lines = ",\n".join(json.dumps(row, sort_keys=True, separators=(",", ":")) for row in rows)
    return f'{json.dumps(head)[:-1]}, "rows": [\n{lines}\n]}}\n'


def _rows() -> Iterator[dict[str, object]]:
    for provider in providers:
        if provider.id not in PROVIDERS:
            continue
        for model in provider.models:
            if PROVIDERS[provider.id] in model.id and (prices := list(_prices(model))):
                yield {
                    "provider": provider.id,
                    "model": model.id,
                    "match": _ways(model.match),
                    "prices": prices,
                }


def _ways(match: object) -> list[list[list[str]]]:
    """The ways to recognise a name, each a list of clauses that must all hold."""
    match match:
        case types.ClauseOr(or_=inner):
            return [way for clause in inner for way in _ways(clause)]
        case types.ClauseAnd(and_=inner):
            ways: list[list[list[str]]] = [[]]
            for clause in inner:
                ways = [one + other for one in ways for other in _ways(clause)]
            return ways
        case types.ClauseEquals(equals=word):
            return [[["equals", word]]]
        case types.ClauseStartsWith(starts_with=word):
            return [[["starts", word]]]
        case types.ClauseEndsWith(ends_with=word):
            return [[["ends", word]]]
        case types.ClauseContains(contains=word):
            return [[["contains", word]]]
        case types.ClauseRegex(regex=word):
            return [[["regex", word]]]
    raise TypeError(f"a new kind of clause: {match!r}")


def _prices(model: types.ModelInfo) -> Iterator[dict[str, object]]:
    """The last that applies counts, as in genai-prices."""
    listed = (
        [types.ConditionalPrice(prices=model.prices)]
        if isinstance(model.prices, types.ModelPrice)
        else model.prices
    )
    for price in listed:
        if tiers := _tiers(price.prices):
            yield {"since": _since(price.constraint), "when": {}, "tiers": tiers}
    for variant in reversed(model.price_variants or []):
        base = _tiers(variant.prices)
        if base and set(variant.when) <= {"speed", "processing"}:
            yield {"since": _since(variant.constraint), "when": variant.when, "tiers": base}


def _since(constraint: object) -> str:
    match constraint:
        case None:
            return ""
        case types.StartDateConstraint(start_date=day):
            return day.isoformat()
    raise TypeError(f"a new kind of constraint: {constraint!r}")


def _tiers(price: types.ModelPrice) -> list[dict[str, int]]:
    given = {ours: getattr(price, key) for key, ours in KINDS.items()}
    if given["input"] is None:
        return []
    starts = {0}
    for value in given.values():
        if isinstance(value, types.TieredPrices):
            starts |= {tier.start for tier in value.tiers}
    return [{"above": start, **_at(given, start)} for start in sorted(starts)]


def _at(given: dict[str, object], start: int) -> dict[str, int]:
    found = {}
    for kind, value in given.items():
        if isinstance(value, types.TieredPrices):
            fits = [tier.price for tier in value.tiers if tier.start <= start and start]
            value = fits[-1] if fits else value.base
        if value is not None:
            exact = value * PER_TOKEN  # type: ignore[operator]
            assert exact == int(exact), (kind, value)
            found[kind] = int(exact)
    return found


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
    print(f"{TARGET}: {len(TARGET.read_text(encoding='utf-8').splitlines())} lines")
