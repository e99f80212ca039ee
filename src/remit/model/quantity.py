"""Durations in whole seconds and money in integer micro-dollars."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d{1,7})\s*([smhd])")


def parse_duration(text: str) -> int:
    """Seconds in ``"90s"``, ``"20m"``, ``"2h"`` or ``"1d"``; ValueError otherwise."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a duration such as '20m' or '2h'")
    return int(match[1]) * _UNITS[match[2]]


def format_duration(seconds: int) -> str:
    """The shortest exact spelling of ``seconds``: ``1200`` is ``20m``."""
    for unit in ("d", "h", "m"):
        if seconds and seconds % _UNITS[unit] == 0:
            return f"{seconds // _UNITS[unit]}{unit}"
    return f"{seconds}s"


def parse_money(text: str) -> int:
    """Micro-dollars in a decimal amount of dollars such as ``"1.50"``; ValueError otherwise."""
    try:
        amount = Decimal(text.strip().removeprefix("$")) * 1_000_000
    except InvalidOperation:
        raise ValueError(f"{text!r} is not an amount of dollars such as '2.00'") from None
    if not amount.is_finite() or amount < 0 or amount != amount.to_integral_value():
        raise ValueError(f"{text!r} must be zero or more, in whole micro-dollars")
    return int(amount)


def round_money(micro_usd: int) -> str:
    """For sentences: whole cents, and hundredths of one below a dollar: ``$3.20``, ``$0.0949``."""
    if micro_usd >= 1_000_000 or micro_usd % 10_000 == 0:
        return f"${micro_usd / 1e6:.2f}"
    return f"${micro_usd / 1e6:.4f}"


def format_money(micro_usd: int) -> str:
    """``$1.50`` for 1,500,000; six decimals only where they carry something."""
    cents, rest = divmod(micro_usd, 10_000)
    if rest:
        return f"${micro_usd // 1_000_000}.{micro_usd % 1_000_000:06d}"
    return f"${cents // 100}.{cents % 100:02d}"
