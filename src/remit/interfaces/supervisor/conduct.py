"""Conducts a run from the frozen contract to the sealed packet: one line per step."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import stat
import subprocess
import sys
import uuid
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from remit.adapters.agents.files import write_private
from remit.adapters.agents.protocol import Launch, LaunchRequest, StartTree
from remit.adapters.render.contract import agent_prompt
from remit.adapters.render.wording import held_by
from remit.errors import RemitError
from remit.interfaces.endpoint.doors import Doors, open_doors
from remit.interfaces.supervisor.confining import Enclosure, enclosed, has_private_git
from remit.interfaces.supervisor.engagement import Engagement, Tell
from remit.interfaces.supervisor.relay import Output, relayed
from remit.model import events as e
from remit.model.digest import digest_of
from remit.services import runs
from remit.services.layers import layers_of
from remit.services.readiness import advisory_lines
from remit.services.runs import Desk, Plan, Run
from remit.system.clock import now
from remit.system.confine.entrance import Entrance
from remit.system.confine.plan import Means
from remit.system.ids import new_run_id
from remit.system.process import AgentProcess, Ended, spawn_agent

if TYPE_CHECKING:
    from remit.interfaces.supervisor.seal import Sealed

_ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def perform(desk: Desk, plan: Plan, engagement: Engagement) -> Sealed:
    """A whole run: open it, conduct it, seal its packet."""
    run = runs.open_run(desk, plan, new_run_id(now()))
    try:
        conduct(run, engagement)
        from remit.interfaces.supervisor.seal import seal  # loaded while the agent worked

        return seal(desk, run.recorder, plan.repository)
    finally:
        run.closing.close()
        _interruptible()


def conduct(run: Run, engagement: Engagement) -> e.RunClosed:
    """Check, run the agent, compare, prove and close. Raises nothing a run can end with: a fault
    becomes its ending, so that there is always a packet."""
    fault: RemitError | None = None
    try:
        _interruptible()
        _before(run, engagement.tell)
        ended = _agent(run, engagement)
        _interruptible()
        runs.agent_gone(run, ended)
        crossed = runs.look_at_tree(run)
        if crossed:
            engagement.offer_restore(run, crossed)
        engagement.tell("checking the result at the run's commit")
        runs.prove(run)
    except KeyboardInterrupt:
        _uninterrupted()
        runs.end_by_person(run)
    except RemitError as error:
        fault = error
    except Exception as error:  # noqa: BLE001 - a defect of ours must not leave a run open
        fault = RemitError(f"Remit failed: {type(error).__name__}: {error}")
    _uninterrupted()
    return runs.close(run, fault)


def _uninterrupted() -> None:
    """What is left is short and must be written: a second Ctrl-C would leave no packet."""
    for number in _ENDING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _interruptible() -> None:
    """Let ``remit kill`` and a closed terminal interrupt as Ctrl-C does, so that the run is closed
    by its own supervisor. The event loop takes these signals over while the agent runs."""
    for number in _ENDING_SIGNALS:
        signal.signal(number, signal.default_int_handler)


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


def _agent(run: Run, engagement: Engagement) -> Ended:
    """Open the doors, start the agent, then govern it; returns when no process of it is left.

    What governs is imported while the client starts: that takes both about as long, and a hook
    that knocks early waits at the open door.
    """
    with ExitStack() as stack:
        doors = stack.enter_context(closing(open_doors(run.folders.agent / "endpoint")))
        launch = engagement.adapter.prepare(_request(run, engagement, doors))
        _declare(run, launch, engagement.tell)
        write_private(launch.files)
        enclosure = stack.enter_context(enclosed(run, launch, doors))
        stdout = sys.stderr if engagement.output_to_stderr else sys.stdout
        output = stack.enter_context(relayed(stdout))
        process, inner = _spawn(run, launch, enclosure, output)
        for door in inner:
            stack.callback(door.close)
        try:
            from remit.interfaces.supervisor.govern import Governed, govern

            mine = doors.with_inner(inner)
            agent = Governed(engagement.adapter, process, mine, launch.route, engagement.wait_s)
            return asyncio.run(govern(run, agent))
        except BaseException:
            process.end()
            raise


def _request(run: Run, engagement: Engagement, doors: Doors) -> LaunchRequest:
    repository, contract = run.plan.repository, run.plan.contract
    committed = run.snapshot.tracked
    names = tuple(sorted(committed))
    tree = StartTree(
        lambda path: repository.read_file(repository.head, path) if path in committed else None,
        lambda folder: tuple(n for n in names if not folder or n.startswith(f"{folder}/")),
    )
    return LaunchRequest(
        argv=engagement.argv,
        environ=run.desk.environ,
        root=str(repository.root),
        run_dir=str(run.folders.agent),
        scratch=str(run.folders.scratch),
        socket=str(doors.path),
        url=doors.url,
        token=doors.token,
        session=str(uuid.uuid4()),
        contract=contract,
        contract_text=agent_prompt(contract),
        tree=tree,
        proxy=doors.proxy_url,
        model_url=doors.model_url,
        model_key=doors.model_key,
        wait_s=engagement.wait_s,
    )


def _declare(run: Run, launch: Launch, tell: Tell) -> None:
    """Say and record what holds this run, what was carried in and what was left out."""
    layers = layers_of(run.plan.ability, launch.route)
    advisory = advisory_lines(run.plan.contract, layers)
    run.recorder.record(
        e.LayersDeclared(layers, advisory, has_private_git(run)),
        e.Carried(launch.carried, launch.left_out),
        e.AgentLaunched(
            launch.client,
            launch.client_version,
            launch.argv,
            tuple(sorted(launch.env)),
            digest_of(launch.settings),
        ),
    )
    tell(f"run {run.id}: {held_by(layers)}")
    for line in launch.left_out:
        tell(f"left out: {line}")
    for line in launch.notes:
        tell(line)


def _spawn(
    run: Run, launch: Launch, enclosure: Enclosure, output: Output
) -> tuple[AgentProcess, tuple[socket.socket, ...]]:
    """The started agent, and the doors that listen in its own network."""
    if enclosure.plan.means is Means.NONE:
        return _start(run, launch.argv, enclosure, output), ()
    with closing(Entrance(enclosure.plan, run.folders.root)) as entrance:
        argv = (*entrance.words, *launch.argv)
        process = _start(run, argv, enclosure, output, (entrance.channel,))
        try:
            return process, entrance.admitted()
        except BaseException:
            process.end()
            raise


def _start(
    run: Run,
    argv: tuple[str, ...],
    enclosure: Enclosure,
    output: Output,
    passed: tuple[int, ...] = (),
) -> AgentProcess:
    piped = not os.isatty(0) and _is_pipe(0)
    return spawn_agent(
        argv,
        env=enclosure.env,
        cwd=run.plan.repository.root,
        mark=run.mark,
        stdin=None if piped else subprocess.DEVNULL,
        stdout=output.stdout,
        stderr=output.stderr,
        passed=passed,
    )


def _is_pipe(descriptor: int) -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    except OSError:
        return False
