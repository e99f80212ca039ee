"""Conducts a run from the frozen contract to the sealed packet: one line per step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from remit.errors import RemitError
from remit.interfaces.supervisor.confining import forget_private_git
from remit.interfaces.supervisor.engagement import Engagement, Tell
from remit.interfaces.supervisor.sitting import FIRST, Sitting, next_sitting, sit
from remit.model import events as e
from remit.model.pause_events import PauseReason
from remit.model.record import gather
from remit.services import runs
from remit.services.copies import remove_copy
from remit.services.parking import Parked, changed_while_parked, is_paused, park
from remit.services.runs import Desk, Plan, Run
from remit.system.clock import now
from remit.system.ids import new_run_id
from remit.system.interruption import interruptible, postponed, uninterrupted

if TYPE_CHECKING:
    from remit.interfaces.supervisor.seal import Sealed


def perform(desk: Desk, plan: Plan, engagement: Engagement) -> Sealed | Parked:
    """A whole run: open it, conduct it, seal its packet; or leave it parked. An interruption
    before it is conducted waits until it is, for then it leaves a packet too."""
    run = runs.open_run(desk, plan, new_run_id(now()), opening=postponed)
    return _to_its_end(run, engagement, lambda: _from_the_start(run, engagement))


def take_up(run: Run, engagement: Engagement, sitting: Sitting) -> Sealed | Parked:
    """The rest of a run that was parked."""
    return _to_its_end(run, engagement, lambda: _work(run, engagement, sitting))


def end_parked(run: Run, engagement: Engagement) -> Sealed | Parked:
    """End a parked run for a person: its work so far is committed and checked."""
    return _to_its_end(run, engagement, lambda: _end(run, engagement))


def _to_its_end(run: Run, engagement: Engagement, work: Callable[[], None]) -> Sealed | Parked:
    try:
        if parked := conduct(run, engagement, work):
            return parked
        from remit.interfaces.supervisor.seal import seal  # loaded while the agent worked

        return seal(run.desk, run.recorder, run.plan.repository)
    finally:
        run.closing.close()
        interruptible()


def conduct(run: Run, engagement: Engagement, work: Callable[[], None]) -> Parked | None:
    """Let the agent ``work``, compare, prove and close; or leave the run parked. Raises nothing a
    run can end with: a fault becomes its ending, so that there is always a packet."""
    fault: RemitError | None = None
    try:
        if parked := _worked(run, engagement, work):
            return parked
    except RemitError as error:
        fault = error
    except Exception as error:  # noqa: BLE001 - a defect of ours must not leave a run open
        fault = RemitError(f"Remit failed: {type(error).__name__}: {error}")
    uninterrupted()  # what is left is short, and a second Ctrl-C would leave no packet
    forget_private_git(run)
    runs.close(run, fault)
    remove_copy(run.desk.state, run.id)
    return None


def _worked(run: Run, engagement: Engagement, work: Callable[[], None]) -> Parked | None:
    """All but the end. An interruption ends the run for the person who interrupts."""
    try:
        interruptible()
        work()
        interruptible()
        crossed = runs.look_at_tree(run)
        if is_paused(run):
            return park(run, engagement.argv)
        if crossed:
            engagement.offer_restore(run, crossed)
        engagement.tell("checking the result at the run's commit")
        runs.prove(run)
    except KeyboardInterrupt:
        uninterrupted()
        runs.end_by_person(run)
    return None


def _end(run: Run, engagement: Engagement) -> None:
    runs.end_by_person(run)
    try:
        changed_while_parked(run)
    except RemitError as error:
        engagement.tell(f"nothing is committed: {error.message}")
        raise


def _from_the_start(run: Run, engagement: Engagement) -> None:
    _before(run, engagement.tell)
    _work(run, engagement, FIRST)


def _work(run: Run, engagement: Engagement, sitting: Sitting) -> None:
    """Let the agent work, in one stay or, where a grant needs wider confinement, in several."""
    following: Sitting | None = sitting
    while following is not None:
        runs.agent_gone(run, sit(run, engagement, following))
        interruptible()
        following = _wider(run, engagement)


def _wider(run: Run, engagement: Engagement) -> Sitting | None:
    """The next stay of an agent that ended to be confined anew; None where it ended for good."""
    if not is_paused(run):
        return None
    record = gather(run.id, run.desk.ledger.recorded(run.id))
    if record.paused is None or record.paused.why is not PauseReason.CONFINEMENT:
        return None
    engagement.tell("a person granted a write: the agent is started again, confined to that too")
    return next_sitting(run, record, "remit")


def _before(run: Run, tell: Tell) -> None:
    """The checks at the start commit. What cannot run then can prove nothing later."""
    checks = run.plan.contract.evidence.checks
    if not checks:
        return
    tell("running the checks at the start commit")
    for ran in runs.check_before(run):
        if ran.state is e.CheckState.CANNOT_RUN:
            missing = "; ".join(note for note in ran.notes if note.startswith("missing")) or "it"
            raise RemitError(
                f"the check “{ran.name}” cannot run here: {missing}",
                "mend this first; the agent was not started and nothing was spent",
            )
