"""What stands in a working tree, and how two states of it differ."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from remit.model.digest import Digest


class NodeKind(StrEnum):
    FILE = "file"
    LINK = "link"
    DIRECTORY = "directory"
    OTHER = "other"
    """A socket, pipe or device: its content is never read."""


class Change(StrEnum):
    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    MODE = "mode"
    """Only permissions changed."""
    KIND = "kind"
    """A file became a link, a directory a file, …"""


class Standing(StrEnum):
    """How a change stands to the contract."""

    IN_SCOPE = "in-scope"
    ARTIFACT = "artifact"
    """Written in passing to a place the repository ignored at the start."""
    OUT_OF_SCOPE = "out-of-scope"
    OTHERS = "others"
    """Cannot be the agent's: no call and no process of the run was active (never restored)."""


@dataclass(frozen=True, slots=True)
class PathChange:
    """One path that differs from the snapshot.

    ``path`` is relative to the repository root; bytes that are not UTF-8 are carried as
    surrogate escapes. ``restorable`` is False where the snapshot holds only a digest.
    """

    path: str
    change: Change
    standing: Standing
    before: Digest | None = None
    after: Digest | None = None
    restorable: bool = True
