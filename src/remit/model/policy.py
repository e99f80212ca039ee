"""The delegation policy: what contracts are drafted from and bounded by.

``None`` in a list that permits something means "this layer says nothing"; an empty tuple
means "nothing is permitted".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from remit.model.allowance import Allowance
from remit.model.contract import Check, McpServer


class PolicyLayer(StrEnum):
    """Who speaks, strongest first; a lower layer only narrows."""

    ORGANISATION = "organisation"
    REPOSITORY = "repository"
    USER = "user"
    CONTRACT = "contract"
    BUILT_IN = "built-in"
    """Nobody spoke: the default of Remit."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most a contract may take of each budget; None is "no ceiling"."""

    time_s: int | None = None
    spend_micro_usd: int | None = None
    attempts: int | None = None
    attempts_total: int | None = None
    files_inspected: int | None = None
    patch_lines: int | None = None
    deadline_s: int | None = None
    tokens: int | None = None
    calls: int | None = None
    subagents: int | None = None
    depth: int | None = None


@dataclass(frozen=True, slots=True)
class PolicyCheck:
    """A named check. ``paths`` are what it serves (empty: everything); ``targeted`` is its
    command with ``{paths}`` where test files go; ``required`` puts it into every contract
    that edits what it serves."""

    check: Check
    paths: tuple[str, ...] = ()
    targeted: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Area:
    """Who answers for a part of the repository."""

    name: str
    paths: tuple[str, ...]
    reviewers: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """One layer's policy, or all layers merged."""

    read: tuple[str, ...] | None = None
    edit: tuple[str, ...] | None = None
    never_read: tuple[str, ...] = ()
    never_edit: tuple[str, ...] = ()
    artifacts: tuple[str, ...] | None = None
    outputs: tuple[str, ...] = ()
    """Tracked places that builds write; edits there are never proposed in a draft."""
    free: tuple[str, ...] | None = None
    ask: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    exact: bool = False
    tools_allow: tuple[str, ...] | None = None
    tools_deny: tuple[str, ...] = ()
    mcp: tuple[McpServer, ...] | None = None
    hosts: tuple[str, ...] | None = None
    environment: tuple[str, ...] | None = None
    ceiling: Ceiling = field(default_factory=Ceiling)
    allowances: tuple[Allowance, ...] = ()
    """What runs together may spend; of a layer alone its scope is still open."""
    zones: tuple[str, ...] = ()
    stop_paths: tuple[str, ...] = ()
    allow_zones: tuple[str, ...] | None = None
    checks: tuple[PolicyCheck, ...] = ()
    prepare: str = ""
    share: tuple[str, ...] | None = None
    areas: tuple[Area, ...] = ()
    decide_low: tuple[str, ...] | None = None
    decide_standard: tuple[str, ...] | None = None
    decide_high: tuple[str, ...] | None = None
    """The ways of deciding that suffice for a class."""
    decide_another: tuple[str, ...] = ()
    decide_presence: tuple[str, ...] = ()
    signers: str = ""
    """Absolute path of the allowed-signers file; never from a repository."""
    revoked: tuple[str, ...] = ()
    schema: int = 1


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a line of the merged policy comes from; ``line`` is 1-based, None in our defaults."""

    layer: PolicyLayer
    source: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """One layer as read: its policy and the line of each key (``commands.never[0]``)."""

    layer: PolicyLayer
    source: str
    policy: Policy
    lines: Mapping[str, int] = field(default_factory=dict)
