"""The task contract: what a run may do, what proves it, and how to undo it.

A contract is a value. It is written by people as TOML (``codec/contract``), frozen
before the first tool call, and rendered from this one record for the agent, the
reviewer and the gate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class RiskClass(StrEnum):
    """Computed from paths, tools and areas, never from what anybody claims."""

    LOW = "low"
    STANDARD = "standard"
    HIGH = "high"


class Shows(StrEnum):
    """What a check must show to count as evidence."""

    RED_THEN_GREEN = "red-then-green"
    """Fails at the start commit, passes after: a bug fix."""
    GREEN = "green"
    """Passes after, and passed before or could not exist before."""


@dataclass(frozen=True, slots=True)
class People:
    """Who answers for the run. ``None`` is "not named"; the risk class decides what must be."""

    delegator: str | None = None
    reviewer: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Git-style path patterns relative to the repository root.

    ``artifacts`` are places tools write in passing (caches, build output). A change there
    is recorded but is no crossing, and never part of the run's commit; a file that git tracks
    is no artifact.
    """

    edit: tuple[str, ...] = ()
    read: tuple[str, ...] = ("**",)
    artifacts: tuple[str, ...] = ()


EXACTLY = "="
"""Before a command in a list: the command as it stands, with no further arguments."""


@dataclass(frozen=True, slots=True)
class Commands:
    """Command lists. Each item is a command prefix (``"npm test"``), or one whole command
    (``"=npm test"``); ``never`` beats ``ask`` beats ``free``. With ``exact`` nothing outside
    ``free`` runs unasked."""

    free: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Tools:
    """The agent's own tools by name. ``allow`` empty means Remit's default set."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class McpServer:
    """One MCP server the run may start. Exactly one of ``command`` and ``url`` is set.

    ``tools`` are those of its tools that only look and may be called; ``writes`` those that change
    something, each call of which a person answers; the others are refused. What a server says of
    its own tools counts for nothing. ``data`` is the class of what its tools hand out, "" where
    nobody said. ``env`` names variables passed through from the launching shell, never values.
    """

    name: str
    command: tuple[str, ...] = ()
    url: str = ""
    env: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    data: str = ""


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of the run. ``None`` is "no line". What nothing enforces yet is shown as advisory."""

    time_s: int = 1200
    """The agent's own time: what a person takes to answer does not count."""
    spend_micro_usd: int | None = None
    attempts: int | None = 2
    """After the first failure, counted for each check and anew whenever something was learnt."""
    attempts_total: int | None = None
    """Attempts that taught nothing, over the whole run and all checks."""
    files_inspected: int | None = None
    patch_lines: int | None = None
    wait_s: int = 300
    """How long a call that is held waits for a person's answer; 0 is not at all."""
    deadline_s: int | None = None
    """From the start of the run to its end, whoever is waited for."""
    tokens: int | None = None
    """Read and written by the model, subagents included."""
    calls: int | None = None
    subagents: int | None = None
    """How many may be started."""
    depth: int | None = None
    """How far subagents may start others: 1 is only those of the main agent."""
    soft_percent: int = 80
    """From here on a limit is warned of, once."""


@dataclass(frozen=True, slots=True)
class Check:
    """A command Remit runs itself, in a clean worktree, to see whether the goal is met.

    ``command`` is a POSIX shell command line, run from the repository root.
    ``time_s`` is the deadline after which every process of it is killed.
    """

    name: str
    command: str
    shows: Shows = Shows.GREEN
    time_s: int = 300


@dataclass(frozen=True, slots=True)
class Evidence:
    """What counts as done. ``none`` carries the reason where no check exists.

    ``prepare`` is run once in the clean worktree before the checks. ``share`` lists
    dependency directories (``node_modules``, ``.venv``) lent read-only to the worktree
    as they were at the start.
    """

    checks: tuple[Check, ...] = ()
    none: str = ""
    prepare: str = ""
    share: tuple[str, ...] = ()
    attempt_note: bool = False
    """Whether an attempt that failed wants a note before the next; the high class always does."""


@dataclass(frozen=True, slots=True)
class Rollback:
    """How to undo the change."""

    change: str = ""
    undo: str = ""
    data_risk: str = ""
    trigger: str = ""
    owner: str = ""
    verify: str = ""
    stop_before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """What ends the run whatever else is permitted.

    ``zones`` are named sensitive areas (``policy/zones``); ``paths`` are further patterns.
    A zone listed in ``allow_zones`` was opened by name, which raises the risk class.
    """

    zones: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    allow_zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """One task contract, schema v1."""

    goal: str
    scope: Scope
    evidence: Evidence
    keep: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    people: People = field(default_factory=People)
    commands: Commands = field(default_factory=Commands)
    tools: Tools = field(default_factory=Tools)
    mcp: tuple[McpServer, ...] = ()
    hosts: tuple[str, ...] = ()
    budget: Budget = field(default_factory=Budget)
    stop: Stop = field(default_factory=Stop)
    rollback: Rollback = field(default_factory=Rollback)
    environment: tuple[str, ...] = ()
    """Names of further variables the agent's environment may carry."""
    acknowledged_by: str | None = None
    """The reviewer who has read the boundary; asked from the standard class up."""
    schema: int = 1
