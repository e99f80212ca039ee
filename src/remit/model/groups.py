"""Groups of commands that a contract may list by one name, ``free = ["@remote-reads"]``.

A group is a kind of work, told from what a command line says, not a list of programs. Whether a
command belongs to one is read by ``policy/shell``; whether that is free says the contract.
"""

from __future__ import annotations

from enum import StrEnum


class Group(StrEnum):
    REMOTE = "@remote-reads"
    """Looking at services elsewhere: clusters, clouds, trackers, databases, web pages."""
    MACHINE = "@machine-reads"
    """Looking at this machine: services, logs, packages, files outside the repository."""
    BRANCH = "@branch-work"
    """Commits, branches, merges, pulls and plain pushes; nothing that throws work away."""
    SCRATCH = "@scratch"
    """Writing and deleting below the folders for temporary files."""


HIDDEN = "hidden-values"
"""What prints credentials; no list makes it free."""
GROUPS = frozenset(group.value for group in Group)


def looks(group: str, what: str) -> str:
    """The target of a look: ``group: what``."""
    return f"{group}: {what}"
