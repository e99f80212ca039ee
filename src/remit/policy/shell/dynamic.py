"""The kinds of what cannot be known before it runs."""

from __future__ import annotations

from enum import StrEnum

from remit.model.request import Effect, EffectKind


class Family(StrEnum):
    """Each is a rule of its own, ``shell.<family>``."""

    TOO_LONG = "too-long"
    TOO_MANY = "too-many"
    TOO_DEEP = "too-deep"
    UNPARSED = "unparsed"
    INLINE = "inline-code"
    PIPED = "piped-code"
    COMMAND = "computed-command"
    PATH = "computed-path"
    ENVIRONMENT = "environment"
    SHELL = "redefined"


def dynamic(family: Family, detail: str, via: str = "") -> Effect:
    """An effect that is only known when it happens; ``detail`` is what a reader looks for."""
    return Effect(EffectKind.DYNAMIC, f"{family}: {detail[:200]}", via)
