"""How long an answer takes a person who read what they answer."""

from __future__ import annotations

from collections.abc import Sequence

LEAST_US = 2_000_000
"""A question has to be seen, weighed and answered with a reason, however short it is."""
WORD_US = 125_000
"""Adults read about 240 words a minute in silence; twice as fast is no reading of a command."""


def least_us(subject: str) -> int:
    """The time below which nobody can have read ``subject``, in microseconds."""
    return max(LEAST_US, WORD_US * len(subject.split()))


def is_instant(subject: str, took_us: int) -> bool:
    """Whether a yes to ``subject`` came sooner than it can be read."""
    return took_us < least_us(subject)


def median(values: Sequence[int]) -> int | None:
    """The middle of ``values``, rounded down; None of nothing."""
    if not values:
        return None
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) // 2
