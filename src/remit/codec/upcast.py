"""Lifts bodies of older schemas to today's. Pure; one small function per step."""

from __future__ import annotations

from collections.abc import Callable

Body = dict[str, object]
STEPS: dict[tuple[str, int], Callable[[Body], Body]] = {}
"""(kind, schema) -> the body at schema + 1. Empty while every event is at its first schema."""


def upcast(kind: str, schema: int, body: object) -> object:
    """``body`` at the newest schema that :data:`STEPS` leads to."""
    while isinstance(body, dict) and (step := STEPS.get((kind, schema))) is not None:
        body, schema = step(body), schema + 1
    return body
