"""What stands in a working tree, and how two states of it differ."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

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
    BACK = "back"
    """Stands again as it stood in the snapshot: an earlier change is gone."""


class Standing(StrEnum):
    """How a change stands to the contract."""

    IN_SCOPE = "in-scope"
    ARTIFACT = "artifact"
    """Written in passing to a place the contract names for that, and not tracked by git."""
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


class Node(NamedTuple):
    """One thing in a working tree. A tuple, because a tree holds tens of thousands of them.

    ``mode`` is the whole ``st_mode``; times are nanoseconds since the epoch. ``ctime_ns`` is 0
    where the status may not vouch for the content (it was read too soon after a change).
    ``digest`` is of the content or the link's target, ``""`` where it was not read; ``blob`` is
    git's id of the same bytes, ``""`` where there is none.
    """

    mode: int
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    links: int
    digest: str = ""
    blob: str = ""

    @property
    def kind(self) -> NodeKind:
        return _KINDS.get(stat.S_IFMT(self.mode), NodeKind.OTHER)


_KINDS = {
    stat.S_IFREG: NodeKind.FILE,
    stat.S_IFLNK: NodeKind.LINK,
    stat.S_IFDIR: NodeKind.DIRECTORY,
}


@dataclass(frozen=True, slots=True)
class Manifest:
    """A whole working tree as it stood at one moment, by path relative to its root.

    ``digest_only`` and ``stat_only`` name what is known by less than its content. ``ignored``
    are the untracked paths the repository's rules ignored at that moment.
    """

    root: str
    commit: str
    taken_us: int
    nodes: Mapping[str, Node]
    ignored: frozenset[str] = frozenset()
    digest_only: tuple[str, ...] = ()
    stat_only: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
