"""Leaving a run without a supervisor until a person answered, and going on with it.

Nothing of the run is alive meanwhile. What it needs to go on lies in its folder and in its chain,
and is believed only where the chain names it.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from remit.codec.contract import freeze
from remit.errors import IntegrityError, RemitError, UsageError
from remit.model import events as e
from remit.model.ids import RunId
from remit.model.pause_events import RunParked, RunPaused, RunResumed
from remit.model.record import RunRecord, gather
from remit.model.run import replay
from remit.model.state import Phase
from remit.model.tree import PathChange, Standing
from remit.policy.answers import smallest_grant
from remit.services.observe import Comparison, boundary_of
from remit.services.pausing import Earlier
from remit.services.recorder import Recorder
from remit.services.runs import Desk, Plan, Run, source
from remit.services.snapshot import keep, load_named, reopen
from remit.storage.blobs import BlobStore
from remit.storage.tree_lock import tree_lock
from remit.system.confine.ability import Ability
from remit.system.git import Repository, open_repository
from remit.system.git_copy import seen_from

LEFT = "parked"
"""The manifest of the tree as a parked run left it."""
_CHARGED = frozenset({Standing.IN_SCOPE, Standing.OUT_OF_SCOPE})


@dataclass(frozen=True, slots=True)
class Parked:
    """A run that was left. ``requests`` are those it waits for, ``grants`` the command for each
    that grants it and nothing more."""

    run: RunId
    requests: tuple[str, ...]
    grants: tuple[str, ...] = ()


def park(run: Run, argv: tuple[str, ...]) -> Parked:
    """Leave ``run``, whose agent is gone and whose tree was just compared."""
    now_us = run.desk.now_us()
    left = replace(run.snapshot.manifest, nodes=run.comparison.nodes, taken_us=now_us)
    digest = keep(run.folders.root / LEFT, left)
    spent_us = int(run.spent_s * 1_000_000)
    run.recorder.record(RunParked(run.session, argv, run.base, digest, spent_us))
    permits = run.recorder.state.permits
    smallest = (
        smallest_grant(asked.id, asked.item.kind, permits.granted.get(asked.item.digest, ""))
        for asked in permits.waiting.values()
    )
    return Parked(run.id, tuple(permits.waiting), tuple(smallest))


@dataclass(frozen=True, slots=True)
class Reopened:
    """A parked run, ours to write now, with what its chain says of it."""

    run: Run
    record: RunRecord
    parked: RunParked
    paused: RunPaused


def reopen_run(desk: Desk, run: RunId, ability: Ability) -> Reopened:
    """Take a parked run over; close it with ``run.closing``. RemitError where it is not parked,
    where another process has it, and IntegrityError where it is not what was left."""
    with ExitStack() as stack:
        recorder, record = taken_over(desk, run, stack)
        parked, paused = require_parked(record)
        plan = _plan(desk, record, ability)
        stack.enter_context(tree_lock(desk.state, plan.repository.root, run))
        store = stack.enter_context(BlobStore.open(desk.state.blobs))
        assert record.snapshot is not None
        snapshot = reopen(source(desk, plan, store, run), record.snapshot)
        left = load_named(desk.state.run(run) / LEFT, parked.tree)
        boundary = boundary_of(plan.contract.scope)
        comparison = Comparison(snapshot, store, boundary, desk.now_us, seen=left)
        comparison.reported = dict(record.changes)
        stack.callback(comparison.close)
        closing = stack.pop_all()
    opened = Run(
        desk,
        plan,
        run,
        recorder,
        store,
        snapshot,
        comparison,
        parked.base,
        parked.session,
        closing,
        tuple(ran for ran in record.checks if ran.phase is e.CheckPhase.BEFORE),
        parked.spent_us / 1_000_000,
    )
    return Reopened(opened, record, parked, paused)


def taken_over(desk: Desk, run: RunId, stack: ExitStack) -> tuple[Recorder, RunRecord]:
    """Become the writer of ``run`` as long as ``stack`` is open; its chain was verified."""
    lease = desk.ledger.acquire(run, desk.holder, desk.now_us())
    recorder = Recorder(desk.ledger, lease, desk.now_us)
    stack.callback(recorder.release)
    if broken := desk.ledger.verify(run):
        remedy = f"look at it: remit ledger verify {run}"
        raise IntegrityError(f"the chain of run {run} is broken", broken[0].what, remedy)
    recorded = tuple(desk.ledger.recorded(run))
    recorder.state = replay(item.event for item in recorded)
    return recorder, gather(run, recorded)


def require_parked(record: RunRecord) -> tuple[RunParked, RunPaused]:
    """How the run was left; UsageError where it is not parked."""
    if record.parked is None or record.paused is None or record.closed is not None:
        raise UsageError(f"run {record.run} is not parked", f"see it: remit show {record.run}")
    return record.parked, record.paused


def _plan(desk: Desk, record: RunRecord, ability: Ability) -> Plan:
    frozen, opened = record.frozen, record.opened
    if frozen is None or opened is None or record.snapshot is None:
        raise IntegrityError("the run was parked before it was opened", f"run {record.run}")
    if freeze(frozen.contract)[1] != frozen.digest:
        raise IntegrityError("the contract is not the one that was frozen", f"run {record.run}")
    repository: Repository = open_repository(Path(opened.root), desk.state.repository)
    plan = Plan(repository, frozen.contract, frozen.risk, frozen.accepted_by, ability)
    if not opened.copy:
        return plan
    theirs = replace(repository, head=opened.start_commit)
    copy = seen_from(theirs, Path(opened.copy))
    return replace(plan, repository=copy, original=theirs, in_copy=True)


# going on


def changed_while_parked(run: Run) -> tuple[PathChange, ...]:
    """What stands differently than the run left it. Nothing of the run was alive: all of it was
    changed by others. RemitError where that cannot be kept apart from the run's own work."""
    compared = run.comparison.compare_full()
    mixed = [change.path for change in compared.changes if change.standing in _CHARGED]
    if mixed:
        more = f" and {len(mixed) - 5} more" if len(mixed) > 5 else ""
        raise RemitError(
            f"changed while the run was parked: {', '.join(mixed[:5])}{more}; "
            "that would be taken for the agent's work",
            f"put it back as the run left it and try again, or end the run: remit kill {run.id}",
        )
    if compared.changes:
        run.recorder.stage(compared)
    return compared.changes


def go_on(run: Run, record: RunRecord, by: str) -> Earlier:
    """Record that ``run`` goes on; what its authority needs to know of before."""
    assert record.paused is not None
    call = record.paused.call
    run.recorder.record(RunResumed(by, call))
    denied = frozenset(
        name
        for name, one in record.calls.items()
        if name != call and one.decision is not None and one.decision.held
    )
    asked = record.calls[call].requested.input_digest if call in record.calls else None
    return Earlier(denied, call, asked)


def what_to_say(record: RunRecord) -> str:
    """What the agent is told when it goes on; empty where its client asks again by itself."""
    assert record.paused is not None
    exited = record.exited
    kept = exited is not None and exited.exit_code == 0 and exited.killed == 0
    if record.paused.call and kept:
        return ""
    answers = [_answer(record, request) for request in record.paused.requests]
    told = " ".join(filter(None, answers)) or "What you asked for was not answered."
    return f"The run goes on. {told} What was not made before, you may ask for again now."


def _answer(record: RunRecord, request: str) -> str:
    asked = record.requests.get(request)
    if asked is None:
        return ""
    what = f"{asked.item.kind.value} {asked.item.subject}"
    if any(grant.request == request for grant in record.grants):
        return f"A person granted: {what}."
    refused = [said.reason for _, said in record.refusals if said.request == request]
    return f"A person refused: {what}. Reason: {refused[0]}." if refused else ""


def is_paused(run: Run) -> bool:
    """Whether the agent of ``run`` ended only to be started again."""
    return run.recorder.state.phase is Phase.PAUSED
