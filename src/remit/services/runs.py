"""The life of a run, in order: open, prepare, (the agent works), finish, seal.

Each step leaves its entries in the ledger before the next begins, so that a supervisor that
dies at any point leaves a run that the next command can close honestly.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from remit import __version__
from remit.codec.contract import freeze
from remit.errors import RemitError
from remit.model import events as e
from remit.model.claimed_events import ResultClaimed
from remit.model.contract import Check, Contract, RiskClass
from remit.model.deciding import NOBODY, RULES
from remit.model.grant_events import DecidersNamed
from remit.model.ids import RunId
from remit.model.policy_events import PolicyNoted
from remit.model.record import gather
from remit.model.steering import SteeringCompared, SteeringNoted
from remit.model.tree import Standing
from remit.policy.zones import is_secret
from remit.services.approvals import revocations
from remit.services.check_enclosure import CheckEnclosure
from remit.services.checks import run_checks
from remit.services.client_records import ClientRecords
from remit.services.commit import commit_so_far, make_base, make_commit
from remit.services.copies import make_copy, remove_copy
from remit.services.observe import Comparison, boundary_of
from remit.services.patch import measure
from remit.services.reconcile import reconcile
from remit.services.recorder import Recorder
from remit.services.secret_places import client_places, secret_places
from remit.services.snapshot import Snapshot, Source, take
from remit.services.steering import MOST_CHANGES, Watch, changes, note, save
from remit.services.unsettled import unsettled
from remit.storage.blobs import BlobStore
from remit.storage.ledger import Holder, Ledger
from remit.storage.locate import StateDir
from remit.storage.tree_lock import tree_lock
from remit.system.confine.ability import Ability
from remit.system.git import Repository
from remit.system.git_write import require_branches
from remit.system.process import Ended


@dataclass(frozen=True, slots=True)
class Desk:
    """What every run works with: the state directory, the ledger, the clock, the environment of
    the person who started it, and this process as holder of leases."""

    state: StateDir
    ledger: Ledger
    now_us: Callable[[], int]
    environ: Mapping[str, str]
    holder: Holder


@dataclass(frozen=True, slots=True)
class Plan:
    """A contract a person agreed to, for one repository, and how far this machine can hold it.

    ``in_copy`` asks for a copy of the run's own; once the run is open, ``repository`` has it as
    its working tree, and ``original`` is the user's.
    """

    repository: Repository
    contract: Contract
    risk: RiskClass
    accepted_by: str
    ability: Ability
    deciders: DecidersNamed = field(default_factory=lambda: DecidersNamed(RULES, NOBODY))
    policy: PolicyNoted | None = None
    in_copy: bool = False
    original: Repository | None = None

    @property
    def theirs(self) -> Repository:
        """The repository with the user's own working tree."""
        return self.original or self.repository


@dataclass(frozen=True, slots=True)
class RunFolders:
    """Folders of a run within our state, which the agent otherwise does not see."""

    root: Path

    @property
    def agent(self) -> Path:
        """What the agent reads: its settings, its prompt, the endpoint."""
        return _made(self.root / "agent")

    @property
    def scratch(self) -> Path:
        """What the agent writes: caches, its own sessions."""
        return _made(self.root / "scratch")


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@dataclass(slots=True)
class Run:
    """An open run. ``mark`` is carried by every process of it; it is the run's id, so that any
    later command can find what an abandoned run left alive."""

    desk: Desk
    plan: Plan
    id: RunId
    recorder: Recorder
    store: BlobStore
    snapshot: Snapshot
    comparison: Comparison
    base: str
    """The commit the run starts from: the start commit, or its uncommitted work on top of it."""
    session: str
    """The client's session, which goes on when the client is started again."""
    closing: ExitStack = field(default_factory=ExitStack)
    checked_before: tuple[e.CheckRan, ...] = ()
    spent_s: float = 0.0
    """What of the time box is used up, in seconds."""
    steering: Watch | None = None
    """Over what steers the agent's next sessions, as far as the run could write there."""

    @property
    def mark(self) -> str:
        return str(self.id)

    @property
    def folders(self) -> RunFolders:
        return RunFolders(self.desk.state.run(self.id))


def open_run(desk: Desk, plan: Plan, run: RunId, opening: Callable[[], None] = lambda: None) -> Run:
    """Freeze the contract and snapshot the tree: the run's first entries. ``opening`` is called
    right before the entry from which on the run has to be conducted to its end."""
    require_branches(plan.repository)
    with ExitStack() as stack:
        if not plan.in_copy:
            stack.enter_context(tree_lock(desk.state, plan.repository.root, run))
        lease = desk.ledger.acquire(run, desk.holder, desk.now_us())
        recorder = Recorder(desk.ledger, lease, desk.now_us)
        stack.callback(recorder.release)
        store = stack.enter_context(BlobStore.open(desk.state.blobs))
        _, digest = freeze(plan.contract)
        frozen = e.ContractFrozen(plan.contract, digest, plan.risk, plan.accepted_by)
        recorder.record(frozen, plan.deciders, *([plan.policy] if plan.policy else []))
        stack.enter_context(_closed_if_unprepared(desk, recorder))
        plan = _in_its_place(desk, plan, run)
        snapshot = take(source(desk, plan, store, run))
        comparison = Comparison(snapshot, store, boundary_of(plan.contract.scope), desk.now_us)
        stack.callback(comparison.close)
        base = make_base(snapshot, store, run, desk.now_us())
        opening()
        recorder.record(_opened(plan, snapshot.dirty), snapshot.event)
        closing = stack.pop_all()
    session = str(uuid.uuid4())
    return Run(desk, plan, run, recorder, store, snapshot, comparison, base, session, closing)


def _in_its_place(desk: Desk, plan: Plan, run: RunId) -> Plan:
    """``plan`` with the working tree the run works in."""
    if not plan.in_copy:
        return plan
    share, theirs = plan.contract.evidence.share, plan.repository
    copy = make_copy(theirs, desk.state, run, share, plan.ability.means)
    return replace(plan, repository=copy, original=theirs)


@contextmanager
def _closed_if_unprepared(desk: Desk, recorder: Recorder) -> Iterator[None]:
    """Close a run that could not be prepared: once its lease is given back nobody else would."""
    try:
        yield
    except BaseException as error:
        ending = e.Ending.KILLED if isinstance(error, KeyboardInterrupt) else e.Ending.FAILED
        why = error.message if isinstance(error, RemitError) else type(error).__name__
        remove_copy(desk.state, recorder.run)
        recorder.record_last(e.RunClosed(ending, f"the run could not be prepared: {why}"))
        raise


def source(desk: Desk, plan: Plan, store: BlobStore, run: RunId) -> Source:
    folder = desk.state.run(run)
    return Source(plan.repository, store, folder, is_secret, desk.environ, desk.now_us)


def _opened(plan: Plan, dirty: tuple[str, ...]) -> e.RunOpened:
    theirs = plan.theirs
    return e.RunOpened(
        str(theirs.root),
        theirs.remote,
        theirs.branch,
        theirs.head,
        dirty[:1000],
        __version__,
        str(plan.repository.root) if plan.in_copy else "",
    )


def check_before(run: Run) -> tuple[e.CheckRan, ...]:
    """Run the contract's checks where the run starts, before the agent spends anything."""
    run.checked_before = _checked(run, run.base, e.CheckPhase.BEFORE)
    return run.checked_before


def commit_now(run: Run) -> str:
    """The tree as last compared, as a commit in our own git directory."""
    return commit_so_far(run.snapshot, run.comparison, run.id, run.base, run.desk.now_us())


def check_during(run: Run, check: Check, commit: str) -> tuple[e.CheckRan, ...]:
    """Run one check at ``commit`` while the agent works. Nothing is recorded: another thread may
    call this."""
    return _run_checks(run, (check,), commit, e.CheckPhase.DURING)


def _checked(run: Run, commit: str, phase: e.CheckPhase) -> tuple[e.CheckRan, ...]:
    ran = _run_checks(run, run.plan.contract.evidence.checks, commit, phase)
    run.recorder.record(*ran)
    return ran


def _run_checks(
    run: Run, checks: tuple[Check, ...], commit: str, phase: e.CheckPhase
) -> tuple[e.CheckRan, ...]:
    contract = run.plan.contract
    return run_checks(
        replace(contract, evidence=replace(contract.evidence, checks=checks)),
        run.plan.theirs,
        commit,
        phase,
        runner_commit=run.base,
        workspace_root=run.desk.state.run(run.id) / "work",
        environ=run.desk.environ,
        enclosure=_check_enclosure(run),
        earlier=run.checked_before,
    )


def _check_enclosure(run: Run) -> CheckEnclosure:
    home = Path(run.desk.environ.get("HOME", "/nonexistent"))
    hidden = (str(run.desk.state.root), *secret_places(home), *client_places(home))
    return CheckEnclosure(run.plan.ability, hidden)


def end_by_person(run: Run) -> None:
    """A person ended the run while no agent was running."""
    message, options = "a person ended the run", (f"remit show {run.id}",)
    run.recorder.record_last(e.RunStopped(e.StopTrigger.KILLED, message, (), options))


def agent_gone(run: Run, ended: Ended) -> None:
    """Record the end of the agent and of every process it left. One that ended well without a
    single hook was held by nothing, whatever it did."""
    if ended.exit_code == 0 and not run.recorder.state.heartbeat:
        message = "the client ended without reporting a hook, so nothing held it"
        options = ("see that the client takes its settings: remit run without other wrappers",)
        run.recorder.stage(e.RunStopped(e.StopTrigger.NOT_GOVERNED, message, (), options))
    run.recorder.record_last(e.AgentExited(ended.exit_code, ended.signal, ended.killed))


def compare_sources(run: Run, sessions: str, printed: ResultClaimed | None) -> None:
    """Hold against each other what the meter counted, what the client wrote into the folder
    ``sessions``, what it sent, and what it ``printed`` at its end."""
    if printed is not None:
        run.recorder.record(printed)
    records = ClientRecords(sessions, run.session)
    records.look()
    record = gather(run.id, run.desk.ledger.recorded(run.id))
    if (found := reconcile(record, records)) is not None:
        run.recorder.stage(found)


def watch_steering(run: Run, watch: Watch) -> None:
    """Note what steers the agent's next sessions, before it starts."""
    run.steering = replace(watch, before=note(watch.places, watch.reached))
    digest = save(run.desk.state.run(run.id), run.steering.before)
    run.recorder.record(SteeringNoted(digest, len(run.steering.before)))


def _look_at_steering(run: Run) -> tuple[str, ...]:
    """What of it stands otherwise now, and could be the agent's doing."""
    watch = run.steering
    if watch is None:
        return ()
    began_us = run.desk.now_us()
    after = note(watch.places, watch.reached, watch.before)
    activity = run.comparison.activity
    news = changes(watch.before, after, lambda at_ns: activity.excludes(at_ns, began_us * 1000))
    found = tuple(islice(news, MOST_CHANGES))
    run.recorder.stage(SteeringCompared(found, run.desk.now_us() - began_us))
    return tuple(change.path for change in found if change.standing is Standing.OUT_OF_SCOPE)


def look_at_tree(run: Run) -> tuple[str, ...]:
    """The last, full comparison; the paths that stand outside the scope now, absolute where they
    lie beside the tree. A crossing that only shows here stops the run after the fact."""
    compared = run.comparison.compare_full()
    run.recorder.stage(compared)
    crossed = (*crossed_paths(run), *_look_at_steering(run))
    if crossed and not _has_stopped(run):
        message = f"changed outside the edit scope: {', '.join(crossed[:5])}"
        restore = () if run.plan.in_copy else (f"remit rollback {run.id} --preview",)
        options = (*restore, f"remit packet {run.id}")
        trigger = e.StopTrigger.OUT_OF_SCOPE_WRITE
        run.recorder.stage(e.RunStopped(trigger, message, crossed, options))
    over = measure(run.comparison, run.recorder, compared)
    if over and not crossed and not _has_stopped(run):
        options = (f"remit packet {run.id}",)
        run.recorder.stage(e.RunStopped(e.StopTrigger.BUDGET, over, (), options))
    run.recorder.flush()
    return crossed


def crossed_paths(run: Run) -> tuple[str, ...]:
    """The paths that stand outside the scope as last compared."""
    changes = run.comparison.reported.values()
    return tuple(c.path for c in changes if c.standing is Standing.OUT_OF_SCOPE)


def _has_stopped(run: Run) -> bool:
    return any(isinstance(r.event, e.RunStopped) for r in run.desk.ledger.recorded(run.id))


def prove(run: Run) -> None:
    """Make the commit of the run and run its checks there."""
    goal, now_us = run.plan.contract.goal, run.desk.now_us()
    made = make_commit(run.snapshot, run.comparison, run.id, goal, run.base, now_us)
    run.recorder.record(made)
    _checked(run, made.commit, e.CheckPhase.AFTER)


def close(run: Run, fault: RemitError | None = None) -> e.RunClosed:
    """Record how the run ended: its last word on itself, also on a full disk."""
    happened = [item.event for item in run.desk.ledger.recorded(run.id)]
    closed = _ending(happened, fault)
    state = run.recorder.state
    over = (*unsettled(state.account), *revocations(state.permits))
    run.recorder.record_last(*over, closed)
    return closed


def _ending(happened: list[e.Event], fault: RemitError | None) -> e.RunClosed:
    stopped = next((event for event in happened if isinstance(event, e.RunStopped)), None)
    exited = next((x for x in reversed(happened) if isinstance(x, e.AgentExited)), None)
    if stopped is not None:
        killed = stopped.trigger is e.StopTrigger.KILLED
        return e.RunClosed(e.Ending.KILLED if killed else e.Ending.STOPPED, stopped.message)
    if fault is not None:
        return e.RunClosed(e.Ending.FAILED, fault.message)
    if exited is None:
        return e.RunClosed(e.Ending.FAILED, "the agent was never started")
    if exited.exit_code is None and exited.signal is None:
        return e.RunClosed(e.Ending.FAILED, "the agent was ended before it could finish")
    if exited.exit_code != 0:
        how = f"signal {exited.signal}" if exited.signal else f"exit code {exited.exit_code}"
        return e.RunClosed(e.Ending.FAILED, f"the agent ended with {how}")
    return e.RunClosed(e.Ending.COMPLETED, "the agent finished")
