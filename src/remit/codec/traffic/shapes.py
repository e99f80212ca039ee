"""What every dialect reads and writes alike."""

from __future__ import annotations

import json
from typing import Annotated, TypeAlias

import msgspec

from remit.model.usage import Usage

MOST = 10**9
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=MOST)]
NOTHING = msgspec.Raw(b"null")
FAULTS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_PLAIN_TIERS = frozenset({"", "auto", "default", "standard", "scale", "flex", "unspecified"})


def usage_of(prompt: int, output: int, cached: int, written: int = 0) -> Usage:
    """Tokens of a provider whose prompt contains what was read from its cache and written to it."""
    return Usage(max(0, prompt - cached - written), output, written, 0, min(cached, MOST))


def grown(before: Usage, told: Usage) -> Usage:
    """Counts grow with the answer: what was told once is never taken back."""
    read = told if told.prompt >= before.prompt else before
    now = read._replace(output=max(before.output, told.output))
    return before if now == before else now


def processing_of(tier: str | None) -> str:
    """How a request is priced that was processed in ``tier``: what is cheaper than the ordinary
    way is priced like it, and what is not known has a price that is not known."""
    word = (tier or "").lower()
    return "" if word in _PLAIN_TIERS else word


def server_event(value: object, name: str = "") -> bytes:
    """One event of a stream."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(value)}\n\n".encode()


def openai_refusal(message: str) -> bytes:
    """An error as OpenAI's clients show it. Its code is the one they do not ask again after."""
    error = {"message": message, "type": "billing_error", "param": None}
    return json.dumps({"error": {**error, "code": "insufficient_quota"}}).encode()
