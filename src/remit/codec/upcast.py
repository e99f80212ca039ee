"""Lifts bodies of older schemas to today's. Pure; one small function per step."""

from __future__ import annotations

from collections.abc import Callable

Body = dict[str, object]
STEPS: dict[tuple[str, int], Callable[[Body], Body]] = {
    ("layers.declared", 1): lambda body: {**body, "private_git": False},
    ("run.opened", 1): lambda body: {**body, "copy": ""},
}
"""(kind, schema) -> the body at schema + 1."""


def upcast(kind: str, schema: int, body: object) -> object:
    """``body`` at the newest schema that :data:`STEPS` leads to."""
    while isinstance(body, dict) and (step := STEPS.get((kind, schema))) is not None:
        body, schema = step(body), schema + 1
    return body
