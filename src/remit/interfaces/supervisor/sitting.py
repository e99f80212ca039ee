"""One stay of the agent's client: from its open doors to the last of its processes.

A run has one, or several where it was paused: the session goes on in the next.
"""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass

from remit.adapters.agents.files import write_private
from remit.adapters.agents.protocol import Launch, LaunchRequest, Resumption, StartTree
from remit.adapters.render.contract import agent_prompt
from remit.adapters.render.wording import held_by
from remit.codec.printed_result import PrintedResult
from remit.errors import RemitError
from remit.interfaces.endpoint.doors import Doors, open_doors
from remit.interfaces.supervisor.confining import Enclosure, enclosed, has_private_git
from remit.interfaces.supervisor.engagement import Engagement, Tell
from remit.interfaces.supervisor.relay import Output, relayed
from remit.model import events as e
from remit.model.digest import digest_of
from remit.model.record import RunRecord
from remit.model.steering import Steers
from remit.services.layers import layers_of
from remit.services.own_services import lent_ports, words_for
from remit.services.parking import go_on, what_to_say
from remit.services.pausing import NOTHING_EARLIER, Earlier
from remit.services.readiness import advisory_lines
from remit.services.runs import Run, compare_sources, watch_steering
from remit.services.steering import Watch, profiles
from remit.services.workspace import remove_tree
from remit.system.confine.entrance import Entrance
from remit.system.confine.plan import Means
from remit.system.process import AgentProcess, Ended, spawn_agent


@dataclass(frozen=True, slots=True)
class Sitting:
    """How a stay begins: afresh, or where ``resumption`` goes on from ``earlier`` ones."""

    resumption: Resumption | None = None
    earlier: Earlier = NOTHING_EARLIER


FIRST = Sitting()


def next_sitting(run: Run, record: RunRecord, by: str) -> Sitting:
    """The stay in which a paused or parked run goes on, recorded as begun by ``by``."""
    resumption = Resumption(what_to_say(record))
    return Sitting(resumption, go_on(run, record, by))


def sit(run: Run, engagement: Engagement, sitting: Sitting) -> Ended:
    """Open the doors, start the agent, then govern it; returns when no process of it is left.

    What governs is imported while the client starts: that takes both about as long, and a hook
    that knocks early waits at the open door.
    """
    printed = PrintedResult()
    with ExitStack() as stack:
        if sitting.resumption:
            remove_tree(run.folders.agent)
        opened = stack.enter_context(closing(open_doors(run.folders.agent / "endpoint")))
        doors = _lending(run, engagement, opened)
        launch = engagement.adapter.prepare(_request(run, engagement, doors, sitting))
        _declare(run, launch, engagement.tell)
        _write(run, launch, sitting)
        granted = run.recorder.state.permits.writes(run.desk.now_us())
        enclosure = stack.enter_context(enclosed(run, launch, doors, granted))
        watch_steering(run, Watch(_steering(run, launch), _reached(run, launch)))
        stdout = sys.stderr if engagement.output_to_stderr else sys.stdout
        look = printed.feed if launch.prints_result else None
        output = stack.enter_context(relayed(stdout, look))
        process, inner = _spawn(run, launch, enclosure, output)
        for door in inner:
            stack.callback(door.close)
        try:
            from remit.interfaces.supervisor.govern import Governed, govern

            mine = doors.with_inner(inner)
            held = granted if enclosure.plan.means is not Means.NONE else None
            agent = Governed(
                engagement, process, mine, launch.route, sitting.earlier, held, launch.sessions
            )
            ended = asyncio.run(govern(run, agent))
        except BaseException:
            process.end()
            raise
    printed.close()
    compare_sources(run, launch.sessions, printed.claim)
    return ended


def _lending(run: Run, engagement: Engagement, doors: Doors) -> Doors:
    """``doors`` with the services of this machine that the contract names."""
    hosts, means = run.plan.contract.hosts, run.plan.ability.means
    ports = lent_ports(hosts, means, doors.ports)
    for line in words_for(hosts, means, ports):
        engagement.tell(line)
    return doors.lending(ports)


def _steering(run: Run, launch: Launch) -> tuple[Steers, ...]:
    home = run.desk.environ.get("HOME", "")
    return (*launch.places.steering, *(profiles(home) if home.startswith("/") else ()))


def _reached(run: Run, launch: Launch) -> Callable[[str], bool]:
    """Whether the agent could write to a path outside the tree: anywhere where the kernel does not
    hold it, and below what its client needs to write everywhere."""
    if run.plan.ability.means is Means.NONE:
        return lambda path: True
    places = tuple(f"{place}/" for place in launch.places.writable)
    return lambda path: os.path.realpath(path).startswith(places)


def _write(run: Run, launch: Launch, sitting: Sitting) -> None:
    """Write the files of the launch. What lies where the agent could write is its own since its
    first stay: nothing is written there any more, and it is mounted only where it is no link."""
    scratch = f"{run.folders.scratch}/"
    if sitting.resumption is None:
        write_private(launch.files)
        return
    write_private(file for file in launch.files if not file.path.startswith(scratch))
    for place, _ in launch.places.covered:
        if place.startswith(scratch) and os.path.realpath(place) != place:
            raise RemitError(
                "the agent's configuration folder is not what Remit made",
                f"end the run: remit kill {run.id}",
            )


def _request(run: Run, engagement: Engagement, doors: Doors, sitting: Sitting) -> LaunchRequest:
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
        session=run.session,
        contract=contract,
        contract_text=agent_prompt(contract),
        tree=tree,
        proxy=doors.proxy_url,
        model_url=doors.model_url,
        model_key=doors.model_key,
        wait_s=engagement.wait_s,
        resumption=sitting.resumption,
        telemetry_url=doors.telemetry_url,
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
            launch.tells_prompts,
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
