"""What steers an agent's next sessions and lies outside the tree, and how it changed in a run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from remit.model.digest import Digest
from remit.model.event import Event
from remit.model.tree import PathChange


class KnownBy(StrEnum):
    CONTENT = "content"
    STATUS = "status"
    """Size, times and inode: a change is seen, what stood there is not kept."""


@dataclass(frozen=True, slots=True)
class Steers:
    """A file or folder that steers, by its absolute path. Where ``members`` are named, it is a JSON
    file of which only the members of these names count, at any depth: the client keeps its state
    in the same file."""

    path: str
    members: tuple[str, ...] = ()
    known_by: KnownBy = KnownBy.CONTENT


@dataclass(frozen=True, slots=True)
class SteeringNoted(Event):
    """What stood there before the agent started."""

    kind: ClassVar[str] = "steering.noted"
    digest: Digest
    """Of the notes in the folder of the run."""
    files: int


@dataclass(frozen=True, slots=True)
class SteeringCompared(Event):
    """What stands there otherwise now. Paths are absolute."""

    kind: ClassVar[str] = "steering.compared"
    changes: tuple[PathChange, ...]
    took_us: int


STEERING_EVENTS: tuple[type[Event], ...] = (SteeringNoted, SteeringCompared)
