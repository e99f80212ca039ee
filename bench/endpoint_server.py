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

from open_run import opened_run, until_closed

FLOOR_BYTES = 2048
"""About what the two entries of a decided call take."""


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
    await until_closed()


async def endpoint(place: Path) -> None:
    from remit.adapters.agents.claude_code.normalize import normalize
    from remit.adapters.agents.claude_code.respond import respond
    from remit.interfaces.endpoint.server import Endpoint, Voice
    from remit.services.claims import Claims

    with opened_run(place) as opened:
        claims = Claims(opened.authority.recorder, opened.authority, {})
        server = Endpoint(opened.authority, Voice(normalize, respond), claims)
        await server.serve(opened.doors)
        doors = opened.doors
        print(doors.port, doors.token, doors.path, opened.root, flush=True)
        await until_closed()


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        acts = {"--floor": floor, "--allow": allowing}
        act = acts.get(sys.argv[1] if len(sys.argv) > 1 else "", endpoint)
        asyncio.run(act(Path(place)))


if __name__ == "__main__":
    main()
