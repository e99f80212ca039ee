"""Identifiers. Time and randomness are arguments, so that a test can fix them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NewType

RunId = NewType("RunId", str)
CallId = NewType("CallId", str)

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_RUN_ID = re.compile(r"\d{6}-[0-9a-hjkmnp-tv-z]{8}")


def run_id(now: datetime, entropy: bytes) -> RunId:
    """``YYMMDD-xxxxxxxx``: sorts by day, short enough to type; 40 bits of ``entropy`` (5 bytes)."""
    number = int.from_bytes(entropy[:5], "big")
    letters = "".join(_ALPHABET[(number >> shift) & 31] for shift in range(35, -1, -5))
    return RunId(f"{now:%y%m%d}-{letters}")


def is_run_id(text: str) -> bool:
    """Whether ``text`` has the form of a run id; used before it becomes part of a path or a ref."""
    return _RUN_ID.fullmatch(text) is not None
