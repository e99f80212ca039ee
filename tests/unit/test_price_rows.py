"""The price table is what genai-prices says, and prices as it does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from remit.model.transcript import Message
from remit.model.usage import Usage
from remit.services.scan.prices import Pricing, load_prices

pytest.importorskip("genai_prices", reason="left out: genai-prices is not installed")

USAGES = [
    Usage(1000, 500, 0, 0, 0),
    Usage(10, 900, 4000, 0, 90_000),
    Usage(10, 900, 4000, 3000, 250_000),
]


def test_the_committed_table_is_what_the_generator_makes() -> None:
    import price_rows

    committed = Path(__file__).parents[2] / price_rows.TARGET
    assert json.loads(committed.read_text(encoding="utf-8")) == json.loads(price_rows.text())


@pytest.mark.parametrize("usage", USAGES)
@pytest.mark.parametrize("day", ["2026-01-10", "2026-11-20"])
@pytest.mark.parametrize(
    "model",
    [
        "claude-sonnet-4-5-20250929",
        "claude-opus-4-6",
        "claude-opus-4-1-20250805",
        "claude-opus-5-5",
        "claude-haiku-5-5",
        "claude-3-5-haiku-20241022",
    ],
)
def test_prices_agree_with_genai_prices(usage: Usage, day: str, model: str) -> None:
    from datetime import UTC, datetime

    import genai_prices

    theirs = genai_prices.calc_price(
        genai_prices.Usage(
            input_tokens=usage.prompt,
            output_tokens=usage.output,
            cache_read_tokens=usage.cache_read,
            cache_write_tokens=usage.cache_write_5m + usage.cache_write_1h,
            **({"cache_write_1h_tokens": usage.cache_write_1h} if usage.cache_write_1h else {}),
        ),
        model,
        provider_id="anthropic",
        genai_request_timestamp=datetime.fromisoformat(day).replace(tzinfo=UTC),
    )
    pricing = Pricing(load_prices({"HOME": "/nonexistent"}, None))
    ours, known = pricing.cost(Message(1, f"{day}T12:00", model, False, usage))
    assert known
    assert ours == theirs.total_price * 10**12
