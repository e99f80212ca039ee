"""Holds a started agent: answers its hooks and watches it to its end."""

from __future__ import annotations

import threading
from importlib import import_module

from remit.adapters.agents.protocol import AgentAdapter
from remit.codec import events
from remit.interfaces.endpoint.doors import Doors
from remit.interfaces.endpoint.server import Endpoint, Voice
from remit.interfaces.supervisor.session import Patience, Session
from remit.services.authorize import Authority
from remit.services.runs import Run
from remit.system.children import only_chain
from remit.system.confine.plan import Means
from remit.system.process import AgentProcess, Ended

_PROCESSES = {Means.NONE: 1, Means.LANDLOCK: 1, Means.NAMESPACES: 3}
"""How many there are where the agent runs nothing: itself, and what holds its namespace."""
_NEEDED_LATER = ("remit.interfaces.supervisor.seal", "remit.adapters.render.terminal")


async def govern(run: Run, adapter: AgentAdapter, process: AgentProcess, doors: Doors) -> Ended:
    """Serve the endpoint and watch ``process`` until no process of it is left."""
    plan = run.plan
    home = run.desk.environ.get("HOME", "/nonexistent")
    authority = Authority(run.recorder, run.comparison, str(plan.repository.root), home)
    alone = _PROCESSES[plan.ability.means]
    run.comparison.descendants_alive = lambda: not only_chain(process.guardian, alone)
    endpoint = Endpoint(authority, Voice(adapter.normalize, adapter.answer))
    await endpoint.serve(doors)
    threading.Thread(target=_load_the_end, daemon=True).start()
    try:
        patience = Patience(float(plan.contract.budget.time_s))
        return await Session(authority, process, patience).watch()
    finally:
        await endpoint.stop()


def _load_the_end() -> None:
    """Load what the end of the run needs while the agent works, so nobody waits for it then."""
    for name in _NEEDED_LATER:
        import_module(name)
    views = import_module("remit.adapters.render.views")
    views.load()
    events.load()
