"""What happens in a run, as values. Kinds are strings we own; stored bytes never change (ADR 0003).

Each event is a frozen dataclass with a ``kind`` and a ``schema`` version. Text of others is
kept as plain strings here (already redacted) and becomes ``Untrusted`` when it is folded
into a record for people to read.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from remit.model.attempt_events import ATTEMPT_EVENTS
from remit.model.budget_events import BUDGET_EVENTS
from remit.model.check_events import UNCONFINED as UNCONFINED
from remit.model.check_events import CheckPhase as CheckPhase
from remit.model.check_events import CheckRan as CheckRan
from remit.model.check_events import TestCounts as TestCounts
from remit.model.claimed_events import CLAIMED_EVENTS
from remit.model.contract import Contract, RiskClass
from remit.model.decision import Outcome, Reason
from remit.model.digest import Digest
from remit.model.endings import CheckState as CheckState
from remit.model.endings import ConnectionEnd as ConnectionEnd
from remit.model.endings import Ending as Ending
from remit.model.endings import StopTrigger as StopTrigger
from remit.model.event import Event as Event
from remit.model.friction_events import FRICTION_EVENTS
from remit.model.grant_events import GRANT_EVENTS
from remit.model.json import JsonObject
from remit.model.loop_events import LOOP_EVENTS
from remit.model.meter_events import METER_EVENTS
from remit.model.pause_events import PAUSE_EVENTS
from remit.model.policy_events import POLICY_EVENTS
from remit.model.request import Effect
from remit.model.steering import STEERING_EVENTS
from remit.model.tree import PathChange


@dataclass(frozen=True, slots=True)
class ContractFrozen(Event):
    """First entry of every run: nothing precedes it."""

    kind: ClassVar[str] = "contract.frozen"
    contract: Contract
    digest: Digest
    """SHA-256 of the contract's canonical TOML-independent form (``codec/contract.freeze``)."""
    risk: RiskClass
    accepted_by: str
    """Who started the run, and how that is known: ``"Ada <ada@example.org> (terminal)"``."""


@dataclass(frozen=True, slots=True)
class RunOpened(Event):
    kind: ClassVar[str] = "run.opened"
    schema: ClassVar[int] = 2
    root: str
    """Absolute path of the user's working tree."""
    repository: str
    """A stable name of the repository: its first remote without credentials, or its folder."""
    branch: str
    start_commit: str
    dirty: tuple[str, ...]
    """Paths that differed from the start commit before the run."""
    remit_version: str
    copy: str = ""
    """Absolute path of the run's own copy of the start commit; empty where it worked in ``root``
    itself."""


class LayerState(StrEnum):
    LIVE = "live"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of enforcement in this run, and what speaks for its state."""

    name: str
    """``hook``, ``kernel``, ``comparison``, ``meter`` or ``egress``."""
    state: LayerState
    note: str

    @property
    def is_live(self) -> bool:
        return self.state is LayerState.LIVE


@dataclass(frozen=True, slots=True)
class LayersDeclared(Event):
    kind: ClassVar[str] = "layers.declared"
    schema: ClassVar[int] = 2
    layers: tuple[Layer, ...]
    advisory: tuple[str, ...]
    """Contract lines that no layer enforces in this run."""
    private_git: bool
    """Whether git works on a directory of the run's own, which the user's git never reads."""


@dataclass(frozen=True, slots=True)
class Carried(Event):
    """What of the user's and the project's set-up went into the run, and what stayed out."""

    kind: ClassVar[str] = "setup.carried"
    carried: tuple[CarriedItem, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CarriedItem:
    what: str
    source: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class SnapshotTaken(Event):
    kind: ClassVar[str] = "snapshot.taken"
    digest: Digest
    """Digest of the manifest."""
    files: int
    bytes: int
    digest_only: tuple[str, ...]
    """Paths kept by digest alone (secrets, files over 50 MB): they cannot be restored."""
    stat_only: tuple[str, ...]
    """Ignored dependency directories watched by their file status alone."""


@dataclass(frozen=True, slots=True)
class AgentLaunched(Event):
    kind: ClassVar[str] = "agent.launched"
    schema: ClassVar[int] = 2
    client: str
    client_version: str
    argv: tuple[str, ...]
    environment: tuple[str, ...]
    """Names only."""
    settings_digest: Digest
    tells_prompts: bool = False
    """Whether its hooks tell of every question it would put to a person by itself."""


@dataclass(frozen=True, slots=True)
class Heartbeat(Event):
    """The first hook of the client: its settings are loaded. No call is trusted before it."""

    kind: ClassVar[str] = "agent.heartbeat"
    hook: str
    session: str


@dataclass(frozen=True, slots=True)
class PromptSubmitted(Event):
    kind: ClassVar[str] = "prompt.submitted"
    text: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class ToolRequested(Event):
    kind: ClassVar[str] = "tool.requested"
    call: str
    tool: str
    actor: str
    cwd: str
    input: JsonObject
    """Redacted and bounded; ``input_digest`` is of the whole."""
    input_digest: Digest
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class DecisionMade(Event):
    kind: ClassVar[str] = "decision.made"
    call: str
    outcome: Outcome
    reasons: tuple[Reason, ...]

    @property
    def held(self) -> bool:
        return self.outcome is not Outcome.ALLOW


@dataclass(frozen=True, slots=True)
class PressureRecorded(Event):
    """The agent asked for something outside its contract."""

    kind: ClassVar[str] = "pressure.recorded"
    call: str
    actor: str
    rule: str
    subject: str
    message: str
    would_need: str


@dataclass(frozen=True, slots=True)
class ToolFinished(Event):
    """What the client reported of a call: an observation, never evidence."""

    kind: ClassVar[str] = "tool.finished"
    call: str
    tool: str
    ok: bool
    duration_ms: int | None
    response_digest: Digest
    excerpt: str


@dataclass(frozen=True, slots=True)
class TreeCompared(Event):
    kind: ClassVar[str] = "tree.compared"
    changes: tuple[PathChange, ...]
    """All paths that stand differently than at the last comparison."""
    full: bool
    """Every file's status was read, rather than the places the watcher named and a sample."""
    took_us: int


@dataclass(frozen=True, slots=True)
class PathsRestored(Event):
    kind: ClassVar[str] = "paths.restored"
    paths: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class SubagentChanged(Event):
    kind: ClassVar[str] = "subagent.changed"
    agent: str
    agent_type: str
    started: bool


@dataclass(frozen=True, slots=True)
class ConfigurationChanged(Event):
    """Somebody changed a settings file during the run; the change was blocked."""

    kind: ClassVar[str] = "configuration.changed"
    source: str
    path: str


@dataclass(frozen=True, slots=True)
class Unrecognised(Event):
    """A hook we do not know. Kept, never a crash."""

    kind: ClassVar[str] = "signal.unrecognised"
    name: str
    digest: Digest
    excerpt: str


@dataclass(frozen=True, slots=True)
class Forged(Event):
    """Something reached the endpoint that no honest client would send."""

    kind: ClassVar[str] = "event.forged"
    what: str
    call: str


@dataclass(frozen=True, slots=True)
class ClaimMade(Event):
    """The agent's words. A claim, shown as one."""

    kind: ClassVar[str] = "claim.made"
    text: str


@dataclass(frozen=True, slots=True)
class EgressConnected(Event):
    """A connection that led out of the run, told when it ended; never its content."""

    kind: ClassVar[str] = "egress.connected"
    host: str
    port: int
    address: str
    """Where the name led; empty where it led nowhere or the user's own proxy looked it up."""
    way: str
    """``tunnel``, ``request`` (plain HTTP), ``lent`` (a service of this machine) or ``model`` (the
    client's own model traffic)."""
    sent: int
    received: int
    """Bytes from and to the run."""
    took_us: int
    end: ConnectionEnd


@dataclass(frozen=True, slots=True)
class RunStopped(Event):
    """A line was crossed or a limit reached; only reading and a closing note are left."""

    kind: ClassVar[str] = "run.stopped"
    trigger: StopTrigger
    message: str
    paths: tuple[str, ...]
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgentExited(Event):
    kind: ClassVar[str] = "agent.exited"
    exit_code: int | None
    signal: int | None
    killed: int
    """Processes of the run that Remit had to end."""


@dataclass(frozen=True, slots=True)
class CommitMade(Event):
    kind: ClassVar[str] = "commit.made"
    branch: str
    base: str
    """The start commit, or a commit of the uncommitted state at the start on top of it."""
    commit: str
    tree: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunClosed(Event):
    kind: ClassVar[str] = "run.closed"
    ending: Ending
    message: str


@dataclass(frozen=True, slots=True)
class PacketBuilt(Event):
    """Digests of the packet's files; the gate believes only a packet named here."""

    kind: ClassVar[str] = "packet.built"
    json: Digest
    markdown: Digest
    html: Digest


EVENTS: tuple[type[Event], ...] = (
    *(ContractFrozen, RunOpened, LayersDeclared, Carried, SnapshotTaken),
    *(CheckRan, AgentLaunched, Heartbeat, PromptSubmitted),
    *(ToolRequested, DecisionMade, PressureRecorded),
    *(*GRANT_EVENTS, *PAUSE_EVENTS, *FRICTION_EVENTS, *POLICY_EVENTS, *METER_EVENTS),
    *(*BUDGET_EVENTS, *ATTEMPT_EVENTS, *CLAIMED_EVENTS, *LOOP_EVENTS),
    ToolFinished,
    TreeCompared,
    *STEERING_EVENTS,
    PathsRestored,
    SubagentChanged,
    ConfigurationChanged,
    Unrecognised,
    Forged,
    ClaimMade,
    EgressConnected,
    RunStopped,
    AgentExited,
    CommitMade,
    RunClosed,
    PacketBuilt,
)
