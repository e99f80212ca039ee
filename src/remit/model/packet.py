"""The review packet: one model, of which JSON is the packet and Markdown and HTML are views.

Facts come from what Remit ran or read itself; the agent's words stand apart as claims.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from remit.model.claimed_events import SourceTotal
from remit.model.contract import Contract, RiskClass
from remit.model.deciding import RULES, DecidingRules
from remit.model.digest import Digest
from remit.model.events import CarriedItem, CheckRan, Ending, Layer, RunStopped
from remit.model.friction import Friction
from remit.model.tree import PathChange
from remit.model.untrusted import Untrusted
from remit.model.verdict import Verdict


class Control(StrEnum):
    """Record against contract."""

    CONTROLLED = "controlled"
    OUT_OF_BOUNDS = "out-of-bounds"


def crossing(path: str) -> str:
    """The reason of a run that changed ``path`` outside its scope."""
    return f"changed outside its scope: {path}"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the run started. ``base`` is the start commit, or the commit of its dirty state."""

    repository: Untrusted
    branch: Untrusted
    start_commit: str
    base: str
    dirty: tuple[Untrusted, ...]
    in_copy: bool = False
    """The run worked in a copy of the start commit; the user's tree stayed as it was."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What the packet speaks of. Empty strings where no commit was made."""

    branch: str
    commit: str
    tree: str


@dataclass(frozen=True, slots=True)
class FileChange:
    """One changed file of the subject. Line counts are None for binary files."""

    path: Untrusted
    change: str
    added: int | None
    removed: int | None
    standing: str
    goalpost: bool
    """A test, fixture, snapshot or threshold: something that says what passes."""
    zone: str
    """The sensitive zone the path lies in, or ``""``."""


@dataclass(frozen=True, slots=True)
class Pressure:
    """One request outside the contract and how it was answered."""

    time_us: int
    actor: str
    tool: Untrusted
    rule: str
    subject: Untrusted
    message: Untrusted
    would_need: Untrusted
    outcome: str


@dataclass(frozen=True, slots=True)
class HostReached:
    """A host that connections of the run led to, or were meant to. Bytes as the run sees them."""

    host: Untrusted
    """With its port, where that is none of the web."""
    connections: int
    failed: int
    """Those of them that never came about."""
    sent: int
    received: int


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to go beyond the contract and what a person answered, or nobody did."""

    request: str
    kind: str
    subject: Untrusted
    why: Untrusted
    outcome: str
    """``granted``, ``refused`` or ``unanswered``."""
    by: Untrusted
    established: str
    """How it was established that a person decided: ``terminal``, ``peer``, ``signed``."""
    detail: Untrusted
    reason: Untrusted
    opened_us: int
    answered_us: int
    """0 where nobody answered."""
    until: str
    """``end-of-task`` or the instant in UTC microseconds; empty where nothing was granted."""
    ended: Untrusted
    """Why the grant ended."""
    presence: bool = False
    """The person signed with a key that showed a touch."""
    uses: int = 0
    """How many calls it was granted for at most; 0 for any number."""
    used: int = 0
    """The calls that went through by it."""
    renews: str = ""
    """The grant for the same item that was there before."""
    sensitivity: str = ""
    """The worst of what a yes would touch; empty in packets of before it was kept."""
    instant: bool = False
    """The yes came sooner than anybody can have read what was asked for."""


@dataclass(frozen=True, slots=True)
class CallLine:
    """One line of the tool trace."""

    time_us: int
    actor: str
    tool: Untrusted
    summary: Untrusted
    outcome: str
    rules: tuple[str, ...]
    ok: bool | None
    """What the client reported; None where it reported nothing."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A check before and after, and whether it shows what the contract asks."""

    name: Untrusted
    command: Untrusted
    shows: str
    before: CheckRan | None
    after: CheckRan | None
    own_runner: CheckRan | None
    satisfied: bool
    why: Untrusted


@dataclass(frozen=True, slots=True)
class Cost:
    """``tokens`` and ``spend`` are None where nothing measured them: unknown is never zero."""

    wall_ms: int
    agent_ms: int
    calls: int
    held: int
    tokens: int | None
    spend_micro_usd: int | None
    advisory: str = ""
    """How both were counted where no meter did; empty where one did."""
    sources: tuple[SourceTotal, ...] = ()
    """What each source says of them, where several do."""
    differing: int = 0
    """In how much these differ from each other, pair by pair."""


@dataclass(frozen=True, slots=True)
class Extended:
    """More of a limit that a person gave the run while it went on."""

    limit: str
    amount: str
    """As people write it: ``$1.00``, ``10m``."""
    reason: Untrusted
    evidence: Untrusted
    by: Untrusted
    established: str
    """How it was established that a person says so."""
    time_us: int


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One attempt: what changed, what its check showed, what was learnt, and what it cost.
    ``tokens`` and ``micro_usd`` are None where nothing measured them."""

    number: int
    time_us: int
    check: Untrusted
    changed: tuple[Untrusted, ...]
    changed_left_out: int
    before: int
    """How many were known to fail before."""
    failing: tuple[Untrusted, ...]
    """Each with its error, as far as it was told."""
    failing_left_out: int
    learnt: str
    weight: str
    """``counted``, ``learnt``, or why it is not counted."""
    why: Untrusted
    gate: str
    """What the next change met: ``open``, ``note``, or why it was held."""
    confirmed: Untrusted
    """What Remit saw when it ran the check itself; empty where it did not."""
    stands: bool
    """Whether it counts after that."""
    notes: tuple[AttemptNote, ...]
    took_ms: int
    tokens: int | None
    micro_usd: int | None


@dataclass(frozen=True, slots=True)
class AttemptNote:
    """The agent's note on an attempt: a claim. ``fault`` says why it was not taken."""

    change: Untrusted
    check: Untrusted
    result: Untrusted
    learnt: Untrusted
    next: Untrusted
    fault: Untrusted


@dataclass(frozen=True, slots=True)
class LedgerProof:
    """Head of the run's chain when the packet was built."""

    entries: int
    head: Digest
    intact: bool


@dataclass(frozen=True, slots=True)
class Packet:
    """What a reviewer and the gate judge a run by. Missing parts are said, never faked."""

    run: str
    built_us: int
    remit_version: str
    goal: Untrusted
    risk: RiskClass
    contract: Contract
    contract_digest: Digest
    accepted_by: Untrusted
    origin: Origin
    subject: Subject
    ending: Ending
    ending_message: Untrusted
    stop: RunStopped | None
    control: Control
    control_reasons: tuple[Untrusted, ...]
    layers: tuple[Layer, ...]
    advisory: tuple[str, ...]
    client: Untrusted
    carried: tuple[CarriedItem, ...]
    left_out: tuple[Untrusted, ...]
    files: tuple[FileChange, ...]
    untouched_on_purpose: tuple[Untrusted, ...]
    """``keep`` and ``not`` lines of the contract, for the reviewer to check."""
    out_of_scope: tuple[PathChange, ...]
    artifacts: int
    by_others: tuple[Untrusted, ...]
    restored: tuple[Untrusted, ...]
    checks: tuple[CheckResult, ...]
    checks_none: Untrusted
    """The contract's reason for having no check, or empty."""
    calls: tuple[CallLine, ...]
    pressure: tuple[Pressure, ...]
    claims: tuple[Untrusted, ...]
    cost: Cost
    rollback: Untrusted
    """How to undo: the contract's note, or the plain way for this subject."""
    ledger: LedgerProof
    verdict: Verdict
    """The gate's own judgement of this packet on this machine when it was built."""
    started_us: int = 0
    calls_left_out: int = 0
    """Lines of the trace beyond the bound; held calls are kept before others."""
    inspected: tuple[Untrusted, ...] = ()
    """Files the agent read through its tools, as the calls named them."""
    inspected_left_out: int = 0
    pressure_left_out: int = 0
    claims_left_out: int = 0
    asked: tuple[Asked, ...] = ()
    deciding: DecidingRules = RULES
    """Whose yes counted in this run."""
    reached: tuple[HostReached, ...] = ()
    """What left the run through its way out, the model's traffic among it."""
    reached_left_out: int = 0
    friction: Friction | None = None
    """None in packets of before it was counted."""
    extended: tuple[Extended, ...] = ()
    attempts: tuple[AttemptLine, ...] = ()
    attempts_left_out: int = 0
    schema: int = 1
