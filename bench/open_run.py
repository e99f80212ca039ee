"""A run of the demo's repository, open behind its doors, for servers that benchmarks ask."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from remit.interfaces.cli.desk import open_desk
from remit.interfaces.demo.repository import CONTRACT, create
from remit.interfaces.endpoint.doors import Doors, open_doors
from remit.services.approvals import Approvals
from remit.services.authorize import Authority
from remit.services.plans import propose
from remit.services.runs import Plan, Run, open_run
from remit.services.workplace import open_workplace
from remit.system.clock import now
from remit.system.confine.ability import find_ability
from remit.system.ids import new_run_id


@dataclass(frozen=True, slots=True)
class OpenRun:
    run: Run
    authority: Authority
    doors: Doors
    root: Path


@contextmanager
def opened_run(place: Path, budget: str = "") -> Iterator[OpenRun]:
    """A fresh run below ``place``; ``budget`` are further lines of its contract's budget."""
    root = place / "stocklist"
    root.mkdir()
    create(root)
    contract = place / "contract.toml"
    contract.write_text(CONTRACT.replace("[budget]", f"[budget]\n{budget}"))
    os.environ["REMIT_STATE"] = str(place / "state")
    with open_desk() as desk:
        workplace = open_workplace(root, desk.state, desk.environ)
        ready = propose(workplace, str(contract), lambda contract: 0).readiness
        ability = find_ability(desk.environ)
        plan = Plan(workplace.repository, ready.contract, ready.risk, "bench", ability)
        run = open_run(desk, plan, new_run_id(now()))
        approvals = Approvals(run.recorder, desk.now_us, plan.risk)
        home = desk.environ.get("HOME", "/nonexistent")
        authority = Authority(run.recorder, run.comparison, str(root), home, approvals)
        doors = open_doors(desk.state.run(run.id) / "endpoint")
        yield OpenRun(run, authority, doors, root)
        run.closing.close()


async def until_closed() -> None:
    """Wait until whoever started this process closes its standard input."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()
