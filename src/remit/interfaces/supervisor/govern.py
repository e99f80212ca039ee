"""Holds a started agent: answers its hooks and watches it to its end."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from importlib import import_module

from remit.adapters.agents.protocol import AgentAdapter
from remit.codec import events
from remit.interfaces.endpoint.doors import Doors
from remit.interfaces.endpoint.egress import Egress
from remit.interfaces.endpoint.model_door import ModelDoor
from remit.interfaces.endpoint.server import Endpoint, Voice
from remit.interfaces.endpoint.user_proxy import Outlet
from remit.interfaces.supervisor.people import heard
from remit.interfaces.supervisor.session import Patience, Session
from remit.model.route import ModelRoute
from remit.services.approvals import Approvals
from remit.services.authorize import NOTHING_EARLIER, Authority, Earlier
from remit.services.border import Border
from remit.services.runs import Run
from remit.system.children import only_chain
from remit.system.confine.plan import Means
from remit.system.process import AgentProcess, Ended

_PROCESSES = {Means.NONE: 1, Means.LANDLOCK: 1, Means.NAMESPACES: 3}
"""How many there are where the agent runs nothing: itself, and what holds its namespace."""
_NEEDED_LATER = ("remit.interfaces.supervisor.seal", "remit.adapters.render.terminal")


@dataclass(frozen=True, slots=True)
class Governed:
    """A started agent, the doors it was given, where its model is, how long its held calls wait
    for a person, in seconds, whether the run may park then, and what earlier stays left."""

    adapter: AgentAdapter
    process: AgentProcess
    doors: Doors
    route: ModelRoute | None
    wait_s: int = 0
    may_park: bool = False
    earlier: Earlier = NOTHING_EARLIER


async def govern(run: Run, agent: Governed) -> Ended:
    """Serve the endpoint, the way out and the door for people, and watch the agent until no
    process of it is left."""
    plan, process, doors = run.plan, agent.process, agent.doors
    home = run.desk.environ.get("HOME", "/nonexistent")
    approvals = Approvals(run.recorder, run.desk.now_us, plan.risk, float(agent.wait_s))
    root = str(plan.repository.root)
    authority = Authority(run.recorder, run.comparison, root, home, approvals, agent.earlier)
    authority.pausing.may_park = agent.may_park
    alone = _PROCESSES[plan.ability.means]
    run.comparison.descendants_alive = lambda: not only_chain(process.guardian, alone)
    endpoint = Endpoint(authority, Voice(agent.adapter.normalize, agent.adapter.answer))
    await endpoint.serve(doors)
    egress = _egress(run, agent, authority)
    await egress.serve(doors)
    threading.Thread(target=_load_the_end, daemon=True).start()
    try:
        patience = Patience(float(plan.contract.budget.time_s) - run.spent_s)
        session = Session(authority, process, patience, lambda: endpoint.held_s)
        async with heard(run, approvals, process.guardian):
            ended = await session.watch()
            run.spent_s += session.spent_s
            return ended
    finally:
        await egress.stop()
        await endpoint.stop()


def _egress(run: Run, agent: Governed, authority: Authority) -> Egress:
    route, doors, environ = agent.route, agent.doors, run.desk.environ
    providers, login = (route.providers, route.login) if route else ((), ())
    border = Border(authority, run.plan.contract.hosts, providers, login)
    model = ModelDoor(route, doors.out_hosts, environ) if route and route.base else None
    return Egress(border, doors.out_token, Outlet(environ=environ), model=model)


def _load_the_end() -> None:
    """Load what the end of the run needs while the agent works, so nobody waits for it then."""
    for name in _NEEDED_LATER:
        import_module(name)
    views = import_module("remit.adapters.render.views")
    views.load()
    events.load()
