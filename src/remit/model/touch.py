"""What a call that is asked about would touch, and how sensitive that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Sensitivity(StrEnum):
    """Mildest first; a request is as sensitive as the worst of what it touches."""

    PLAIN = "plain"
    GOALPOST = "says what passes"
    """A test, fixture, snapshot or threshold."""
    OUTSIDE = "outside the repository"
    UNKNOWN = "not known"
    """Nobody can tell beforehand what it does."""
    DATA_OUT = "can hand data over"
    ZONE = "sensitive zone"
    PROTECTED = "steers git, the agent or a later session"
    SECRET = "secret"


RANK = {one: place for place, one in enumerate(Sensitivity)}


@dataclass(frozen=True, slots=True)
class Touch:
    """One thing the call would touch. ``kind`` is what it does with ``subject``: ``read``,
    ``write``, ``delete``, ``connect``, ``fetch``, ``call``, ``run``; ``zone`` names the zone."""

    kind: str
    subject: str
    sensitivity: Sensitivity
    zone: str = ""


def worst(touches: tuple[Touch, ...]) -> Sensitivity:
    """The sensitivity of all together; not known where nothing is known."""
    if not touches:
        return Sensitivity.UNKNOWN
    return max((touch.sensitivity for touch in touches), key=RANK.__getitem__)
