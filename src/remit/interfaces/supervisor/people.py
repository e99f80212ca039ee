"""The ways people answer a run: its own terminal, and the door for other terminals."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from remit.interfaces.supervisor.control import ControlDoor
from remit.model.grant import Established, Granter
from remit.services.approvals import Approvals
from remit.services.runs import Run
from remit.system.confine.plan import Means

_LOOK_S = 0.1


@asynccontextmanager
async def heard(run: Run, approvals: Approvals, agent: int) -> AsyncIterator[None]:
    """Hear people as long as the agent works. ``agent`` is the process its processes descend
    from."""
    control = ControlDoor(approvals, agent)
    await control.serve(run.folders.root)
    keys = None
    if approvals.wait_s > 0 and os.isatty(0):
        from remit.interfaces.supervisor.keys import Keys, has_terminal  # most runs have none

        keys = Keys(approvals, at_terminal(run)) if has_terminal() else None
    try:
        yield
    finally:
        if keys is not None:
            keys.stop()
        control.stop()


def ask_first(run: Run) -> None:
    """Ask at our own terminal what a parked run waits for, before its agent starts. A question
    that is put off is asked again once the agent asks again."""
    from remit.interfaces.supervisor.keys import has_terminal

    if run.recorder.state.permits.waiting and has_terminal():
        asyncio.run(_asked(run))


async def _asked(run: Run) -> None:
    from remit.interfaces.supervisor.keys import Keys

    approvals = Approvals(run.recorder, run.desk.now_us, run.plan.risk)
    keys = Keys(approvals, at_terminal(run))
    try:
        while not keys.is_done:
            await asyncio.sleep(_LOOK_S)
    finally:
        keys.stop()


def at_terminal(run: Run) -> Granter:
    """Who sits at the supervisor's terminal. Where nothing keeps a privileged agent from feeding
    keys into it, a key says no more than another process does."""
    name = run.plan.accepted_by.partition(" (")[0]
    place = os.ttyname(0)
    if os.geteuid() == 0 and run.plan.ability.means is Means.NONE:
        detail = f"{place}, where an agent that runs as root, unconfined, could type as well"
        return Granter(name, Established.PEER, detail)
    return Granter(name, Established.TERMINAL, f"a key at {place}, which no process of the run has")
