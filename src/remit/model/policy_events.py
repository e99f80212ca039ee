"""What is recorded of the policy that bound a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from remit.model.allowance import Allowance
from remit.model.event import Event
from remit.model.policy import Ceiling, PolicyLayer


@dataclass(frozen=True, slots=True)
class PolicyList:
    """What the policy in force permits in one line (``scope.edit``), and who says so first."""

    key: str
    items: tuple[str, ...]
    layer: PolicyLayer


@dataclass(frozen=True, slots=True)
class PolicyNoted(Event):
    """The policy in force when the run began, as far as it permits, and who had accepted the
    repository's part of it."""

    kind: ClassVar[str] = "policy.noted"
    schema: ClassVar[int] = 2
    permits: tuple[PolicyList, ...]
    by: str
    """Who accepted the repository's policy; empty where it has none."""
    how: str
    """``terminal``, ``--yes``, or ``base: NAME`` in CI."""
    at_us: int
    """0 where that is not known."""
    allowances: tuple[Allowance, ...] = ()
    """What this run shares with others of its user and repository."""
    ceiling: Ceiling = field(default_factory=Ceiling)
    """The most a contract may take, and so the most a run may be extended to."""


POLICY_EVENTS: tuple[type[Event], ...] = (PolicyNoted,)
