"""What is recorded of observed checks and of the attempts between them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from remit.model.attempt import Gate, Learnt, Weight
from remit.model.event import Event
from remit.model.failure import Failure


class Seen(StrEnum):
    """What a run of a check by the agent showed."""

    PASSED = "passed"
    FAILED = "failed"
    UNCLEAR = "unclear"
    """It could not run, or what came of it is hidden by what stands around it."""


@dataclass(frozen=True, slots=True)
class CheckObserved(Event):
    """The agent ran a check: an observation, never evidence."""

    kind: ClassVar[str] = "check.observed"
    call: str
    command: str
    check: str
    """The contract's name of it; empty where it is none of its checks, or only looks at form."""
    runner: str
    selection: str
    """Which of its tests it was asked for: two runs with the same say so of the same tests."""
    seen: Seen
    failing: tuple[Failure, ...]
    tree: str
    """A digest of what differs from the start of the run, artifacts left out."""
    tells: bool
    """Whether it says how things stand with the check: not where it is unclear, nor where other
    tests passed than those that failed before."""
    attempt: bool
    """Whether it tells, and the tree changed since the check was observed last."""
    flaky: tuple[str, ...]
    """What failed otherwise, or not at all, in the same tree before."""


@dataclass(frozen=True, slots=True)
class AttemptEnded(Event):
    """The work between two observed checks, and what it taught."""

    kind: ClassVar[str] = "attempt.ended"
    number: int
    call: str
    """The call that ran the check."""
    check: str
    selection: str
    changed: tuple[str, ...]
    before: tuple[str, ...]
    """What was known to fail before."""
    failing: tuple[Failure, ...]
    counts: tuple[str, ...]
    """Which of these count: neither just added nor flaky."""
    learnt: Learnt
    weight: Weight
    count: int
    """How many attempts in a row taught nothing, with this one."""
    gate: Gate
    why: str
    """A sentence: how this attempt compares with the one before."""
    message: str
    """Why the gate is not open; empty where it is."""
    tree: str
    confirming: bool = False
    """Whether Remit runs the check itself before the gate stays closed."""


@dataclass(frozen=True, slots=True)
class AttemptConfirmed(Event):
    """Remit ran the check itself before it closed the gate."""

    kind: ClassVar[str] = "attempt.confirmed"
    number: int
    check: str
    shows: bool
    """Whether the failure stands: that run shows it too, or came to no result."""
    why: str


@dataclass(frozen=True, slots=True)
class AttemptNoted(Event):
    """The agent's note on an attempt: a claim, held against what was observed."""

    kind: ClassVar[str] = "attempt.noted"
    number: int
    change: str
    check: str
    result: str
    learnt: str
    next: str
    fault: str
    """Why it is not taken; empty where it matches the facts."""
    empty: str
    """Why what it says was learnt is nothing new; empty where it is."""
    lesson: tuple[str, ...]
    """The words that carry what was learnt, sorted."""


ATTEMPT_EVENTS: tuple[type[Event], ...] = (
    *(CheckObserved, AttemptEnded, AttemptConfirmed, AttemptNoted),
)
