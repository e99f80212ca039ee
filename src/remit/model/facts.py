"""What looking at a repository tells: read from its files, nothing of it was run."""

from __future__ import annotations

from dataclasses import dataclass

from remit.model.policy import Area, PolicyCheck


@dataclass(frozen=True, slots=True)
class Found:
    """One thing found, and the file that told it."""

    what: str
    source: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Paths are relative to the repository root; folders carry no trailing slash."""

    files: tuple[str, ...] = ()
    checks: tuple[PolicyCheck, ...] = ()
    source_folders: tuple[str, ...] = ()
    test_folders: tuple[str, ...] = ()
    manifests: tuple[str, ...] = ()
    """Dependency manifests, lock files and CI configuration: what an upgrade edits."""
    prepare: str = ""
    share: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    areas: tuple[Area, ...] = ()
    found: tuple[Found, ...] = ()
    registries: tuple[str, ...] = ()
    """Hosts that the lock files install from."""
