"""What is recorded of a run that stands still: its agent is ended, and started again later."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from remit.model.digest import Digest
from remit.model.event import Event


class PauseReason(StrEnum):
    UNANSWERED = "unanswered"
    """Nobody answered a held call in time: the run parks until a person does."""
    CONFINEMENT = "confinement"
    """A grant needs wider confinement than the agent was started under."""


@dataclass(frozen=True, slots=True)
class RunPaused(Event):
    """No call is decided any more: the agent is ended, to be started again later."""

    kind: ClassVar[str] = "run.paused"
    why: PauseReason
    call: str
    """The call that the client asks again when it goes on; empty where the agent is told instead
    and may repeat what it wanted."""
    requests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunParked(Event):
    """Nothing of the run is alive; it waits for a person without a supervisor."""

    kind: ClassVar[str] = "run.parked"
    session: str
    """The client's session, which goes on."""
    argv: tuple[str, ...]
    """The agent's command line as the person gave it."""
    base: str
    """The commit the run started from."""
    tree: Digest
    """Digest of the manifest of the tree as it was left."""
    spent_us: int
    """What of the time box is used up."""


@dataclass(frozen=True, slots=True)
class RunResumed(Event):
    """The agent is started again in its own session; calls are decided again."""

    kind: ClassVar[str] = "run.resumed"
    by: str
    call: str
    """The call that may be asked once more under its id; empty for none."""


PAUSE_EVENTS: tuple[type[Event], ...] = (RunPaused, RunParked, RunResumed)
