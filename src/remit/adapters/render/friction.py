"""The friction of a run in a few plain words, the same in every view."""

from __future__ import annotations

from collections.abc import Iterator

from remit.adapters.render.wording import counted, took
from remit.model.friction import Friction


def told(friction: Friction | None) -> tuple[str, ...]:
    """What a person should hear of it, a line each; empty where nobody was asked or spoke."""
    return tuple(_told(friction)) if friction is not None else ()


def in_full(friction: Friction | None) -> str:
    """The same in one line, with what is not known."""
    if friction is None:
        return "not known"
    lines = told(friction) or ("nobody was asked",)
    return "; ".join(lines) + ("" if friction.client_prompts is not None else f"; {UNKNOWN}")


UNKNOWN = "whether the client wanted to ask by itself is not known"


def _told(friction: Friction) -> Iterator[str]:
    if friction.asked:
        yield f"a person was asked {counted(friction.asked, 'time')}, {_answered(friction)}"
    if friction.instant:
        yield f"granted sooner than it can be read: {counted(friction.instant, 'time')}"
    if friction.client_prompts:
        yield f"the client wanted to ask by itself {counted(friction.client_prompts, 'time')}"
    if friction.wrongly_held:
        yield f"a person says: {counted(friction.wrongly_held, 'call')} should not have been held"
    if friction.wrongly_let_through:
        number = counted(friction.wrongly_let_through, "call")
        yield f"a person says: {number} should have been held"


def _answered(friction: Friction) -> str:
    if friction.median_ms is None:
        return "and did not answer"
    return f"answered {friction.answered}, half of them within {took(friction.median_ms)}"
