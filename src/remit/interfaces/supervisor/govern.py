"""Holds a started agent: answers its hooks and watches it to its end."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from importlib import import_module

from remit.codec import events
from remit.interfaces.endpoint.doors import Doors
from remit.interfaces.endpoint.egress import Egress
from remit.interfaces.endpoint.metering import Metering
from remit.interfaces.endpoint.model_door import ModelDoor
from remit.interfaces.endpoint.server import Endpoint, Voice
from remit.interfaces.endpoint.user_proxy import Outlet
from remit.interfaces.supervisor.counting import Counting, counted
from remit.interfaces.supervisor.engagement import Engagement
from remit.interfaces.supervisor.people import heard
from remit.interfaces.supervisor.rechecking import Rechecking
from remit.interfaces.supervisor.session import Clocks, Patience, Session
from remit.model.record import RunRecord, gather
from remit.model.route import ModelRoute
from remit.policy.grants import GRANTABLE
from remit.services.approvals import HELD_FAST, Approvals
from remit.services.authorize import Authority
from remit.services.border import Border
from remit.services.claims import Claims
from remit.services.client_records import ClientRecords
from remit.services.deadline import since_opened
from remit.services.meter import Meter
from remit.services.pausing import NOTHING_EARLIER, Earlier
from remit.services.purse import Purse
from remit.services.runs import Run
from remit.services.scan.prices import Pricing, load_prices
from remit.services.tally import Tally
from remit.storage.shared_spending import SharedSpending
from remit.system.children import only_chain
from remit.system.confine.plan import Means
from remit.system.process import AgentProcess, Ended

_PROCESSES = {Means.NONE: 1, Means.LANDLOCK: 1, Means.NAMESPACES: 3}
"""How many there are where the agent runs nothing: itself, and what holds its namespace."""
_NEEDED_LATER = ("remit.interfaces.supervisor.seal", "remit.adapters.render.terminal")


@dataclass(frozen=True, slots=True)
class Governed:
    """A started agent, the doors it was given, where its model is, what earlier stays of it left,
    the granted paths that the kernel lets it write to, None where it holds nothing, and the folder
    of its client's session records."""

    engagement: Engagement
    process: AgentProcess
    doors: Doors
    route: ModelRoute | None
    earlier: Earlier = NOTHING_EARLIER
    enclosed: frozenset[str] | None = None
    sessions: str = ""


async def govern(run: Run, agent: Governed) -> Ended:
    """Serve the endpoint, the way out and the door for people, and watch the agent until no
    process of it is left."""
    plan, process, doors = run.plan, agent.process, agent.doors
    home = run.desk.environ.get("HOME", "/nonexistent")
    approvals = _approvals(run, agent)
    root = str(plan.repository.root)
    authority = Authority(run.recorder, run.comparison, root, home, approvals, agent.earlier)
    authority.enclosed = agent.enclosed
    authority.warnings.tell = agent.engagement.tell
    authority.witness.attempts.tell = agent.engagement.tell
    authority.witness.loops.tell = agent.engagement.tell
    authority.pausing.may_park = agent.engagement.may_park
    alone = _PROCESSES[plan.ability.means]
    run.comparison.descendants_alive = lambda: not only_chain(process.guardian, alone)
    rechecking = Rechecking(run)
    authority.witness.attempts.confirming.bench = rechecking
    adapter = agent.engagement.adapter
    earlier = gather(run.id, run.desk.ledger.recorded(run.id))
    claims = Claims(run.recorder, authority, earlier.claimed)
    endpoint = Endpoint(authority, Voice(adapter.normalize, adapter.answer), claims)
    await endpoint.serve(doors)
    shared = SharedSpending(run.desk.state.root)
    egress = _egress(run, agent, authority, shared)
    await egress.serve(doors)
    threading.Thread(target=_load_the_end, daemon=True).start()
    try:
        overall_s = since_opened(run.desk.ledger, run.id, run.desk.now_us)
        clocks = Clocks(run.spent_s, lambda: endpoint.held_s, overall_s)
        session = Session(authority, process, Patience(), clocks)
        tally = _tally(run, agent, authority, shared, earlier)
        counting = Counting(tally, claims, ClientRecords(agent.sessions, run.session))
        async with heard(run, approvals, process.guardian), counted(counting, session):
            ended = await session.watch()
            run.spent_s += session.spent_s
            return ended
    finally:
        await rechecking.finish()
        await egress.stop()
        await endpoint.stop()
        shared.close()


def _approvals(run: Run, agent: Governed) -> Approvals:
    """Where the kernel holds an agent that cannot be started again, its writes are fixed."""
    engagement = agent.engagement
    movable = agent.enclosed is None or engagement.adapter.can_resume(engagement.argv)
    kinds = GRANTABLE if movable else HELD_FAST
    wait_s = float(engagement.wait_s)
    return Approvals(run.recorder, run.desk.now_us, run.plan.risk, wait_s, kinds)


def _egress(run: Run, agent: Governed, authority: Authority, shared: SharedSpending) -> Egress:
    route, doors, environ = agent.route, agent.doors, run.desk.environ
    providers, login = (route.providers, route.login) if route else ((), ())
    border = Border(authority, run.plan.contract.hosts, providers, login)
    if route is None or not route.base:
        return Egress(border, doors.out_token, Outlet(environ=environ))
    model = ModelDoor(route, doors.out_hosts, environ)
    meter = _meter(run, authority, shared)
    authority.promised = meter.promised
    return Egress(border, doors.out_token, Outlet(environ=environ), None, model, Metering(meter))


def _meter(run: Run, authority: Authority, shared: SharedSpending) -> Meter:
    prices, purse = _prices(run), _purse(run, shared)
    return Meter(run.recorder, authority, prices, purse, run.desk.now_us)


def _tally(
    run: Run, agent: Governed, authority: Authority, shared: SharedSpending, earlier: RunRecord
) -> Tally | None:
    """Who counts by what the client tells; None where the meter counts, or nothing can."""
    if agent.route is None or agent.route.base:
        return None
    prices, purse = _prices(run), _purse(run, shared)
    return Tally(run.recorder, authority, prices, purse, run.desk.now_us, earlier.counted)


def _prices(run: Run) -> Pricing:
    return Pricing(load_prices(run.desk.environ, None))


def _purse(run: Run, shared: SharedSpending) -> Purse:
    return Purse(shared, run.id, run.recorder.state.allowances, run.desk.now_us)


def _load_the_end() -> None:
    """Load what the end of the run needs while the agent works, so nobody waits for it then."""
    for name in _NEEDED_LATER:
        import_module(name)
    views = import_module("remit.adapters.render.views")
    views.load()
    events.load()
