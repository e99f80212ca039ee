"""What of a foreign text is kept: redacted, bounded, with the digest of the whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from remit.model.decision import Reason
from remit.model.digest import Digest, digest_of
from remit.model.json import Json, JsonObject
from remit.model.request import Effect
from remit.policy.redact import redact, redact_json

KEPT_STRING = 4096
KEPT_EXCERPT = 1024
KEPT_CLAIM = 8192
KEPT_EFFECTS = 100
"""Effects and reasons of one call that are kept; the digest of its input stands for the rest."""
SCANNED = 64 * 1024
"""Characters looked at for secrets before cutting; more would cost time on the hook path."""
_STABLE = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=list)


def digest_json(value: Json) -> Digest:
    """Digest of a JSON value in a stable spelling (keys sorted, no spaces)."""
    return digest_of(_STABLE.encode(value).encode())


def kept_input(value: JsonObject) -> JsonObject:
    """A tool's input as it is kept: secrets marked, long strings cut."""
    kept = redact_json(_cut(value, SCANNED))
    bounded = _cut(kept, KEPT_STRING)
    return bounded if isinstance(bounded, dict) else {}


@lru_cache(maxsize=4096)
def kept_text(text: str) -> str:
    """One short text as it is kept; most come again and again."""
    return _shortened(redact(text[:SCANNED]).text, KEPT_STRING)


def kept_effects(effects: Sequence[Effect]) -> tuple[Effect, ...]:
    """Effects as they are kept: they quote the input, so they hold what it holds."""
    return tuple(
        Effect(effect.kind, kept_text(effect.target), kept_text(effect.via))
        for effect in effects[:KEPT_EFFECTS]
    )


def kept_reasons(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """Reasons as they are kept; like effects they quote the call."""
    return tuple(
        replace(
            reason,
            subject=kept_text(reason.subject),
            message=kept_text(reason.message),
            allowed=kept_text(reason.allowed),
            ask=kept_text(reason.ask),
        )
        for reason in reasons[:KEPT_EFFECTS]
    )


def excerpt(value: Json) -> str:
    """The beginning of a tool's answer, secrets marked."""
    text = value if isinstance(value, str) else json.dumps(_cut(value, SCANNED), default=list)
    return _shortened(redact(text[:SCANNED]).text, KEPT_EXCERPT)


def claim(text: str) -> tuple[str, Digest]:
    """The agent's or the person's words as they are kept, and the digest of all of them."""
    digest = digest_of(text.encode("utf-8", "surrogatepass"))
    return _shortened(redact(text[:SCANNED]).text, KEPT_CLAIM), digest


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text)} characters)"


def _cut(value: Json, most: int, depth: int = 0) -> Json:
    if isinstance(value, str):
        return _shortened(value, most)
    if depth > 16:
        return "…"
    if isinstance(value, dict):
        return {key: _cut(item, most, depth + 1) for key, item in list(value.items())[:200]}
    if isinstance(value, list | tuple):
        return [_cut(item, most, depth + 1) for item in value[:200]]
    return value
