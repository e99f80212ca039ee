"""What the gate judges from: the packet, and what the ledger and git say without it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from remit.model.digest import Digest
from remit.model.events import Ending
from remit.model.packet import Packet
from remit.model.tree import Change, NodeKind

SHOWN = 12
"""Of a commit's or a digest's letters, as many as people are shown."""


class LedgerStanding(StrEnum):
    """What the local ledger says of the packet's bytes."""

    RECORDED = "recorded"
    """An intact chain names exactly these bytes."""
    SUPERSEDED = "superseded"
    """An intact chain names these bytes, and a later packet of the same run."""
    UNKNOWN = "unknown"
    """No run here names them: nobody vouches for this packet."""
    BROKEN = "broken"
    """The run's chain is not what was written."""


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One path that differs between base and commit, as git tells it.

    ``path`` carries bytes that are not UTF-8 as surrogates. ``added`` and ``removed`` count
    lines, None for binary content. ``before`` is the kind it had, where its kind changed.
    """

    path: str
    change: Change
    kind: NodeKind = NodeKind.FILE
    before: NodeKind | None = None
    added: int | None = 0
    removed: int | None = 0


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that looks like a credential in an added line. Never its value."""

    path: str
    mark: str


@dataclass(frozen=True, slots=True)
class GitFacts:
    """What git says of the commit that is judged."""

    commit: str
    tree: str
    base: str
    """The packet's base commit, or ``""`` where this repository does not have it."""
    on_base: bool
    """The commit's history holds the base."""
    files: tuple[ChangedFile, ...]
    """base..commit, sorted by path."""
    leaks: tuple[Leak, ...] = ()
    scanned: bool = True
    """The added lines could be read whole, so no leak means none was seen."""


@dataclass(frozen=True, slots=True)
class GateInput:
    """One question to the gate. ``git`` is None where the commit is not in the repository."""

    packet: Packet
    ledger: LedgerStanding
    contract_digest: Digest
    """Digest of the packet's contract, computed from its lines."""
    frozen_digest: Digest | None
    """Digest in the ledger's first entry of the run; None where no ledger holds the run."""
    git: GitFacts | None


def came_to_nothing(packet: Packet) -> bool:
    """The run broke off before it made a commit. That is the finding; what is missing after it
    is a consequence."""
    return packet.ending is not Ending.COMPLETED and not packet.subject.commit


def never_started(packet: Packet) -> bool:
    """It broke off before anything was declared that could hold an agent."""
    return came_to_nothing(packet) and not packet.layers and not packet.calls
