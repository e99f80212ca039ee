"""Tokens a model charged for, and what they cost at a price."""

from __future__ import annotations

from typing import NamedTuple

PER_MICRO = 1_000_000
"""Prices are millionths of a micro-dollar for one token: exact for every published price."""


class Usage(NamedTuple):
    """Tokens of one message, each kind apart: none of them contains another."""

    input: int = 0
    output: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    cache_read: int = 0

    @property
    def prompt(self) -> int:
        """Everything the model read: what a price's tier is chosen by."""
        return self.input + self.cache_write_5m + self.cache_write_1h + self.cache_read

    @property
    def total(self) -> int:
        return self.prompt + self.output


class Tier(NamedTuple):
    """Prices of messages whose prompt has more than ``above`` tokens; see :data:`PER_MICRO`."""

    above: int
    input: int
    output: int
    cache_write_5m: int
    cache_write_1h: int
    cache_read: int

    def cost(self, usage: Usage) -> int:
        """In millionths of a micro-dollar."""
        return (
            usage.input * self.input
            + usage.output * self.output
            + usage.cache_write_5m * self.cache_write_5m
            + usage.cache_write_1h * self.cache_write_1h
            + usage.cache_read * self.cache_read
        )


class PriceRow(NamedTuple):
    """The price of one model from one day on.

    ``since`` is an ISO day, ``""`` where the source names none. ``speed`` and ``processing`` are
    ``""`` for the ordinary price. ``source`` says where the row is from, with its version.
    """

    provider: str
    model: str
    source: str
    since: str
    speed: str
    processing: str
    tiers: tuple[Tier, ...]

    def tier(self, prompt: int) -> Tier:
        fitting = [tier for tier in self.tiers if prompt > tier.above]
        return fitting[-1] if fitting else self.tiers[0]
