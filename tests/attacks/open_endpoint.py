"""A real endpoint of a real run, asked over its sockets in one event loop, for attack tests."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from remit.adapters.agents.claude_code.normalize import normalize
from remit.adapters.agents.claude_code.respond import respond
from remit.interfaces.cli.desk import open_desk
from remit.interfaces.demo.repository import CONTRACT, create
from remit.interfaces.endpoint.doors import Doors, open_doors
from remit.interfaces.endpoint.server import Endpoint, Voice
from remit.model.record import RunRecord, gather
from remit.services.approvals import Approvals
from remit.services.authorize import Authority
from remit.services.claims import Claims
from remit.services.plans import propose
from remit.services.runs import Plan, Run, open_run
from remit.services.workplace import open_workplace
from remit.system.clock import now
from remit.system.confine.ability import find_ability
from remit.system.ids import new_run_id


@dataclass
class Opened:
    """One open run behind its doors."""

    doors: Doors
    run: Run
    root: Path
    approvals: Approvals
    authority: Authority

    def record(self) -> RunRecord:
        return gather(self.run.id, self.run.desk.ledger.recorded(self.run.id))

    def payload(self, event: str, call: str = "toolu_1", **more: object) -> bytes:
        value = {
            "session_id": "s",
            "cwd": str(self.root),
            "hook_event_name": event,
            "tool_name": "Bash",
            "tool_input": {"command": "ls"},
            "tool_use_id": call,
            "source": "startup",
            **more,
        }
        return json.dumps(value).encode()

    async def knock(self, request: bytes, unix: bool = False) -> bytes:
        """Send raw bytes, read until the other side is done or falls silent."""
        if unix:
            reader, writer = await _by_path(self.doors.path)
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.doors.port)
        writer.write(request)
        await writer.drain()
        found = b""
        try:
            while chunk := await asyncio.wait_for(reader.read(65536), 0.5 if found else 10):
                found += chunk
                if b"\r\n\r\n" in found and _whole(found):
                    break
        except (TimeoutError, ConnectionResetError):
            pass
        writer.close()
        return found

    async def hook(self, body: bytes, unix: bool = False, **headers: str) -> tuple[int, bytes]:
        """POST a payload as an honest client would, with ``headers`` changed."""
        sent = {
            "Host": f"127.0.0.1:{self.doors.port}",
            "Authorization": f"Bearer {self.doors.token}",
            "Content-Length": str(len(body)),
            **headers,
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        answer = await self.knock(f"POST /hook HTTP/1.1\r\n{lines}\r\n".encode() + body, unix)
        return int(answer.split(b" ")[1]), answer.partition(b"\r\n\r\n")[2]


async def _by_path(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect as the thin client does: a socket's address holds 107 bytes, a path may be longer."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        return await asyncio.open_unix_connection(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


def _whole(answer: bytes) -> bool:
    head, _, body = answer.partition(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]
    return len(body) >= int(length or 0)


@asynccontextmanager
async def opened(tmp: Path, wait_s: float = 0.0, budget: str = "") -> AsyncIterator[Opened]:
    """Open the doors of a fresh run in a fresh repository; held calls wait ``wait_s`` seconds.
    ``budget`` are further lines of its contract's ``[budget]``."""
    root = tmp / "stocklist"
    root.mkdir()
    create(root)
    contract = tmp / "contract.toml"
    contract.write_text(CONTRACT.replace("[budget]", f"[budget]\n{budget}"))
    os.environ["REMIT_STATE"] = str(tmp / "state")
    with open_desk() as desk:
        place = open_workplace(root, desk.state, desk.environ)
        ready = propose(place, str(contract), lambda contract: 0).readiness
        plan = Plan(place.repository, ready.contract, ready.risk, "test", find_ability({}))
        run = open_run(desk, plan, new_run_id(now()))
        doors = open_doors(desk.state.run(run.id) / "endpoint")
        approvals = Approvals(run.recorder, desk.now_us, plan.risk, wait_s)
        authority = Authority(run.recorder, run.comparison, str(root), "/nonexistent", approvals)
        endpoint = Endpoint(
            authority, Voice(normalize, respond), Claims(authority.recorder, authority, {})
        )
        await endpoint.serve(doors)
        try:
            yield Opened(doors, run, root, approvals, authority)
        finally:
            await endpoint.stop()
            await asyncio.sleep(0.05)
            doors.close()
            run.closing.close()
