"""What is recorded of checks that Remit ran itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from remit.model.digest import Digest
from remit.model.endings import CheckState
from remit.model.event import Event


class CheckPhase(StrEnum):
    BEFORE = "before"
    DURING = "during"
    """While the agent worked, of the tree as it was then: to confirm what a hook reported."""
    AFTER = "after"
    AFTER_OWN_RUNNER = "after-own-runner"
    """After, with the runner configuration as the run left it (where it changed one)."""


@dataclass(frozen=True, slots=True)
class TestCounts:
    """As read from the runner's own output; a claim that must agree with the exit status."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0


UNCONFINED = "ran unconfined"
"""The note of a check that nothing kept from keys, ledger and network."""


@dataclass(frozen=True, slots=True)
class CheckRan(Event):
    """A check Remit ran itself."""

    kind: ClassVar[str] = "check.ran"
    name: str
    command: str
    phase: CheckPhase
    commit: str
    state: CheckState
    exit_code: int | None
    duration_ms: int
    output_digest: Digest
    output_tail: str
    counts: TestCounts | None
    failing: tuple[str, ...]
    """Ids of failing tests as the runner names them."""
    runner_from: str
    """The commit the runner's configuration was taken from."""
    runner_changed: tuple[str, ...]
    """Files that decide how the check runs and that the run changed."""
    notes: tuple[str, ...]
    """``ran unconfined``, ``killed 2 processes left behind``, ``missing: node`` …"""
