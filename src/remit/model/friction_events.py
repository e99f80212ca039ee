"""What is recorded of interruptions beside requests and their answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from remit.model.event import Event
from remit.model.grant import Granter


@dataclass(frozen=True, slots=True)
class ClientPrompted(Event):
    """The client would have asked a person by itself before this tool; in a run it may not."""

    kind: ClassVar[str] = "client.prompted"
    tool: str


@dataclass(frozen=True, slots=True)
class DecisionMarked(Event):
    """A person says that a call was decided wrongly. It grants nothing and changes no decision."""

    kind: ClassVar[str] = "decision.marked"
    call: str
    reason: str
    by: Granter


FRICTION_EVENTS: tuple[type[Event], ...] = (ClientPrompted, DecisionMarked)
