"""What is recorded of an agent that repeats itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from remit.model.event import Event
from remit.model.loops import LoopKind


@dataclass(frozen=True, slots=True)
class LoopNoticed(Event):
    """A rule of the loop detector reached its warning, or the count at which the run ends."""

    kind: ClassVar[str] = "loop.noticed"
    rule: LoopKind
    actor: str
    tool: str
    times: int
    """How often it repeated; of a cycle, its rounds."""
    first: str
    """The call that the streak began with."""
    call: str
    """The one that brought it so far."""
    stops: bool


LOOP_EVENTS: tuple[type[Event], ...] = (LoopNoticed,)
