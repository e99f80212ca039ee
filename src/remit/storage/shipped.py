"""Data that comes with Remit."""

from __future__ import annotations

from pathlib import Path


def shipped_prices() -> bytes:
    """The table of prices as JSON. Read as a file: ``importlib.resources`` takes longer to load
    than the table."""
    return Path(__file__).with_name("prices.json").read_bytes()
