"""Serves one run's endpoint for ``hook_path.py``: the real ledger, tree and rules, no agent.

Prints ``PORT TOKEN SOCKET`` and serves until its standard input closes. With ``--floor`` it is the
floor instead: a bare asyncio server that answers each request after one write and fdatasync; with
``--allow`` one that allows every call at once.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

FLOOR_BYTES = 2048
"""About what the two entries of a decided call take."""


async def _until_closed() -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


class Floor(asyncio.Protocol):
    """Reads one request per connection turn, syncs, answers in one segment."""

    descriptor = -1
    answer = b"{}"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.seen = b""

    def data_received(self, data: bytes) -> None:
        self.seen += data
        head, found, body = self.seen.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        if len(body) < length:
            return
        self.seen = b""
        if self.descriptor >= 0:
            os.write(self.descriptor, b"x" * FLOOR_BYTES)
            os.fdatasync(self.descriptor)
        asked = b'"PreToolUse"' in body
        answer = self.answer if asked else b"{}"
        told = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}"
        self.transport.write(told.encode() + b"\r\n\r\n" + answer)


async def floor(place: Path) -> None:
    Floor.descriptor = os.open(place / "floor", os.O_CREAT | os.O_WRONLY)
    await bare(place)


async def allowing(place: Path) -> None:
    from remit.adapters.agents.claude_code.respond import allow

    Floor.answer = allow("a benchmark")
    await bare(place)


async def bare(place: Path) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Floor, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], "-", "-", flush=True)
    await _until_closed()


async def endpoint(place: Path) -> None:
    from remit.adapters.agents.claude_code.normalize import normalize
    from remit.adapters.agents.claude_code.respond import respond
    from remit.interfaces.cli.desk import open_desk
    from remit.interfaces.demo.repository import CONTRACT, create
    from remit.interfaces.endpoint.doors import open_doors
    from remit.interfaces.endpoint.server import Endpoint, Voice
    from remit.services.approvals import Approvals
    from remit.services.authorize import Authority
    from remit.services.plans import propose
    from remit.services.runs import Plan, open_run
    from remit.services.workplace import open_workplace
    from remit.system.clock import now
    from remit.system.confine.ability import find_ability
    from remit.system.ids import new_run_id

    root = place / "stocklist"
    root.mkdir()
    create(root)
    contract = place / "contract.toml"
    contract.write_text(CONTRACT)
    os.environ["REMIT_STATE"] = str(place / "state")
    with open_desk() as desk:
        ready = propose(
            open_workplace(root, desk.state, desk.environ), str(contract), lambda contract: 0
        ).readiness
        repository = open_workplace(root, desk.state, desk.environ).repository
        ability = find_ability(desk.environ)
        plan = Plan(repository, ready.contract, ready.risk, "bench", ability)
        run = open_run(desk, plan, new_run_id(now()))
        approvals = Approvals(run.recorder, desk.now_us, plan.risk)
        home = desk.environ.get("HOME", "/nonexistent")
        authority = Authority(run.recorder, run.comparison, str(root), home, approvals)
        doors = open_doors(desk.state.run(run.id) / "endpoint")
        server = Endpoint(authority, Voice(normalize, respond))
        await server.serve(doors)
        print(doors.port, doors.token, doors.path, root, flush=True)
        await _until_closed()
        run.closing.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        acts = {"--floor": floor, "--allow": allowing}
        act = acts.get(sys.argv[1] if len(sys.argv) > 1 else "", endpoint)
        asyncio.run(act(Path(place)))


if __name__ == "__main__":
    main()
