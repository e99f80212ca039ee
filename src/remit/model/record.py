"""The run record: everything a run's events say, gathered for people. A pure fold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from remit.model import events as e
from remit.model.attempt_events import AttemptConfirmed, AttemptEnded, AttemptNoted
from remit.model.claimed_events import (
    BudgetClaimed,
    BudgetReconciled,
    ClaimedAnswer,
    ResultClaimed,
    UsageClaimed,
)
from remit.model.friction_events import ClientPrompted, DecisionMarked
from remit.model.grant import Grant, GrantRequest, Refusal, Revocation
from remit.model.grant_events import (
    DecidersNamed,
    GrantMade,
    GrantRefused,
    GrantRevoked,
    GrantUsed,
    RequestOpened,
)
from remit.model.meter_events import BudgetExtended, BudgetSettled, ModelAsked
from remit.model.pause_events import RunParked, RunPaused, RunResumed
from remit.model.policy_events import PolicyNoted
from remit.model.steering import SteeringCompared, SteeringNoted
from remit.model.tree import Change, PathChange, Standing


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with its place in the chain. ``time_us`` is UTC microseconds."""

    version: int
    time_us: int
    event: e.Event


@dataclass(slots=True)
class CallRecord:
    """One tool call: what was asked, decided and reported."""

    requested: e.ToolRequested
    time_us: int
    first: e.DecisionMade | None = None
    """Remit's own first word; what follows it may be a person's."""
    decision: e.DecisionMade | None = None
    finished: e.ToolFinished | None = None


@dataclass(slots=True)
class AttemptRecord:
    """One attempt: how it ended, what Remit saw when it looked itself, the notes on it. ``answers``
    is how many answers of the model were settled until then."""

    ended: AttemptEnded
    time_us: int
    answers: int
    confirmed: AttemptConfirmed | None = None
    notes: list[AttemptNoted] = field(default_factory=list)


@dataclass(slots=True)
class RunRecord:
    """A run, read back. Optional members are what the run never came to."""

    run: str
    frozen: e.ContractFrozen | None = None
    opened: e.RunOpened | None = None
    deciders: DecidersNamed | None = None
    policy: PolicyNoted | None = None
    layers: e.LayersDeclared | None = None
    carried: e.Carried | None = None
    snapshot: e.SnapshotTaken | None = None
    steering: SteeringNoted | None = None
    launched: e.AgentLaunched | None = None
    heartbeat: e.Heartbeat | None = None
    stopped: e.RunStopped | None = None
    exited: e.AgentExited | None = None
    commit: e.CommitMade | None = None
    closed: e.RunClosed | None = None
    packet: e.PacketBuilt | None = None
    calls: dict[str, CallRecord] = field(default_factory=dict)
    checks: list[e.CheckRan] = field(default_factory=list)
    pressure: list[tuple[int, e.PressureRecorded]] = field(default_factory=list)
    claims: list[e.ClaimMade] = field(default_factory=list)
    connections: list[e.EgressConnected] = field(default_factory=list)
    asked: dict[str, ModelAsked] = field(default_factory=dict)
    """The requests to a model, by their number."""
    settled: dict[str, BudgetSettled] = field(default_factory=dict)
    """What became of each."""
    extended: list[tuple[int, BudgetExtended]] = field(default_factory=list)
    attempts: dict[int, AttemptRecord] = field(default_factory=dict)
    """By their number, in order."""
    reconciled: BudgetReconciled | None = None
    """The last comparison of what each source says of its cost."""
    claimed: dict[str, ClaimedAnswer] = field(default_factory=dict)
    """Answers that the client's telemetry told of, each once, by their keys."""
    claimed_unreadable: int = 0
    counted: BudgetClaimed | None = None
    """The last count of what the client itself tells, where nothing metered the run."""
    result: ResultClaimed | None = None
    forged: list[e.Forged] = field(default_factory=list)
    unrecognised: list[e.Unrecognised] = field(default_factory=list)
    requests: dict[str, GrantRequest] = field(default_factory=dict)
    grants: list[Grant] = field(default_factory=list)
    refusals: list[tuple[int, Refusal]] = field(default_factory=list)
    revoked: dict[str, Revocation] = field(default_factory=dict)
    """The end of each grant, by its id."""
    uses: dict[str, list[str]] = field(default_factory=dict)
    """The calls that went through by each grant, by its id."""
    marks: dict[str, tuple[int, DecisionMarked]] = field(default_factory=dict)
    """The first word of a person against the decision on a call, by the call."""
    client_prompts: int = 0
    paused: RunPaused | None = None
    """The last pause, whether the run went on since or not."""
    parked: RunParked | None = None
    """How it was left, as long as it is parked."""
    resumed: list[tuple[int, RunResumed]] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    changes: dict[str, PathChange] = field(default_factory=dict)
    """The last word on every path that changed, by path."""
    crossed: dict[str, PathChange] = field(default_factory=dict)
    """Every path that was ever out of scope, restored later or not."""
    unmatched: list[str] = field(default_factory=list)
    """Calls that finished or were decided though none was requested."""
    first_us: int = 0
    last_us: int = 0
    launched_us: int = 0
    exited_us: int = 0
    agent_us: int = 0
    """How long clients of this run were at work before the present one."""

    def agent_until_us(self, now_us: int) -> int:
        """How long clients were at work until ``now_us``, waits for people included."""
        present = (self.exited_us or now_us) - self.launched_us if self.launched_us else 0
        return self.agent_us + present


def gather(run: str, recorded: Iterable[Recorded]) -> RunRecord:
    """The record of ``run`` from its entries in order."""
    record = RunRecord(run)
    for item in recorded:
        record.first_us = record.first_us or item.time_us
        record.last_us = item.time_us
        _add(record, item)
    return record


_SINGLE: dict[type[e.Event], str] = {
    e.ContractFrozen: "frozen",
    e.RunOpened: "opened",
    DecidersNamed: "deciders",
    PolicyNoted: "policy",
    e.LayersDeclared: "layers",
    e.Carried: "carried",
    e.SnapshotTaken: "snapshot",
    SteeringNoted: "steering",
    e.Heartbeat: "heartbeat",
    e.CommitMade: "commit",
    e.RunClosed: "closed",
    e.PacketBuilt: "packet",
    BudgetReconciled: "reconciled",
    BudgetClaimed: "counted",
    ResultClaimed: "result",
}
_LISTED: dict[type[e.Event], str] = {
    e.CheckRan: "checks",
    e.ClaimMade: "claims",
    e.EgressConnected: "connections",
    e.Forged: "forged",
    e.Unrecognised: "unrecognised",
}


def _add(record: RunRecord, item: Recorded) -> None:
    event = item.event
    if isinstance(event, ModelAsked):
        record.asked[event.ask] = event
    elif isinstance(event, BudgetSettled):
        record.settled[event.ask] = event
    elif isinstance(event, UsageClaimed):
        _add_claims(record, event)
    elif name := _SINGLE.get(type(event)):
        setattr(record, name, event)
    elif name := _LISTED.get(type(event)):
        getattr(record, name).append(event)
    else:
        _add_moment(record, item.time_us, event)


def _add_moment(record: RunRecord, time_us: int, event: e.Event) -> None:
    match event:
        case e.AgentLaunched() | e.AgentExited():
            _add_stay(record, time_us, event)
        case e.ToolRequested(call=call):
            record.calls[call] = CallRecord(event, time_us)
        case e.DecisionMade(call=call) if call in record.calls:
            known = record.calls[call]
            known.first, known.decision = known.first or event, event
        case e.ToolFinished(call=call) if call in record.calls:
            record.calls[call].finished = event
        case e.DecisionMade(call=call) | e.ToolFinished(call=call):
            record.unmatched.append(call)
        case e.PressureRecorded():
            record.pressure.append((time_us, event))
        case e.TreeCompared(changes=changes) | SteeringCompared(changes=changes):
            _add_changes(record, changes)
        case e.PathsRestored(paths=paths):
            record.restored.extend(paths)
            for path in paths:
                record.changes.pop(path, None)
        case e.RunStopped():
            record.stopped = record.stopped or event
        case AttemptEnded() | AttemptConfirmed() | AttemptNoted():
            _add_attempt(record, time_us, event)
        case _:
            _add_answer(record, time_us, event)


def _add_attempt(
    record: RunRecord, time_us: int, event: AttemptEnded | AttemptConfirmed | AttemptNoted
) -> None:
    if isinstance(event, AttemptEnded):
        record.attempts[event.number] = AttemptRecord(event, time_us, len(record.settled))
        return
    known = record.attempts.get(event.number)
    if known is None:
        record.unmatched.append(f"attempt {event.number}")
    elif isinstance(event, AttemptConfirmed):
        known.confirmed = event
    else:
        known.notes.append(event)


def _add_stay(record: RunRecord, time_us: int, event: e.AgentLaunched | e.AgentExited) -> None:
    """One stay of the client; a run that was paused has several."""
    if isinstance(event, e.AgentExited):
        record.exited, record.exited_us = event, time_us
        return
    if record.exited_us:
        record.agent_us += record.exited_us - record.launched_us
    record.launched, record.launched_us = event, time_us
    record.exited, record.exited_us = None, 0


def _add_answer(record: RunRecord, time_us: int, event: e.Event) -> None:
    """What people were asked and what they said."""
    match event:
        case RequestOpened(request=request):
            record.requests[request.id] = request
        case GrantMade(grant=grant):
            record.grants.append(grant)
        case GrantUsed(grant=name, call=call):
            record.uses.setdefault(name, []).append(call)
        case GrantRefused(refusal=refusal):
            record.refusals.append((time_us, refusal))
        case GrantRevoked(revocation=revocation):
            record.revoked[revocation.grant] = revocation
        case DecisionMarked(call=call):
            record.marks.setdefault(call, (time_us, event))
        case ClientPrompted():
            record.client_prompts += 1
        case BudgetExtended():
            record.extended.append((time_us, event))
        case RunPaused():
            record.paused = event
        case RunParked():
            record.parked = event
        case RunResumed():
            record.parked = None
            record.resumed.append((time_us, event))


def _add_claims(record: RunRecord, told: UsageClaimed) -> None:
    record.claimed_unreadable += told.unreadable
    for answer in told.answers:
        if answer.is_fuller(record.claimed.get(answer.key)):
            record.claimed[answer.key] = answer


def _add_changes(record: RunRecord, changes: tuple[PathChange, ...]) -> None:
    for change in changes:
        if change.change is Change.BACK:
            record.changes.pop(change.path, None)
            continue
        record.changes[change.path] = change
        if change.standing is Standing.OUT_OF_SCOPE:
            record.crossed[change.path] = change
