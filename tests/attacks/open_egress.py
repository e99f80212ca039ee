"""The way out of a real run over real sockets. Only the net beyond it is ours: names lead where a
test says, and every public address leads to one small server of this machine."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from open_endpoint import Opened, opened
from remit.interfaces.endpoint.egress import Egress
from remit.interfaces.endpoint.model_door import ModelDoor
from remit.interfaces.endpoint.network import Network, Streams
from remit.interfaces.endpoint.relay import Limits
from remit.interfaces.endpoint.user_proxy import Outlet
from remit.model import events as e
from remit.model.record import RunRecord
from remit.model.route import ModelRoute
from remit.services.authorize import Authority
from remit.services.border import Border

PUBLIC = "93.184.216.34"
HOST = "registry.example.org"


@dataclass
class Beyond:
    """The net: what names lead to, what was dialled, and what the server there was sent."""

    names: dict[str, Sequence[str]] = field(default_factory=lambda: {HOST: (PUBLIC,)})
    dialled: list[tuple[str, int]] = field(default_factory=list)
    heard: bytes = b""
    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    port: int = 0
    open: int = 0

    async def resolve(self, host: str) -> Sequence[str]:
        if host not in self.names:
            raise OSError("no such name")
        return self.names[host]

    async def dial(self, address: str, port: int) -> Streams:
        self.dialled.append((address, port))
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            while data := await reader.read(65536):
                self.heard += data
                if b"\r\n\r\n" in self.heard:
                    writer.write(self.answer)
        finally:
            self.open -= 1
            writer.close()


@dataclass
class Way:
    """An open way out."""

    run: Opened
    beyond: Beyond
    egress: Egress
    authority: Authority

    @property
    def basic(self) -> str:
        words = f"remit:{self.run.doors.out_token}".encode()
        return f"Proxy-Authorization: Basic {base64.b64encode(words).decode()}\r\n"

    def connect(self, authority: str) -> bytes:
        """A whole CONNECT as an honest client writes it."""
        return f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{self.basic}\r\n".encode()

    def get(self, url: str, more: str = "", host: str = HOST) -> bytes:
        return f"GET {url} HTTP/1.1\r\nHost: {host}\r\n{self.basic}{more}\r\n".encode()

    async def ask(self, request: bytes, seconds: float = 5) -> bytes:
        """Send raw bytes and read until the other side closes or falls silent."""
        reader, writer = await self.open()
        writer.write(request)
        found = b""
        try:
            while chunk := await asyncio.wait_for(reader.read(65536), 0.3 if found else seconds):
                found += chunk
        except (TimeoutError, ConnectionResetError):
            pass
        writer.close()
        return found

    async def open(self) -> Streams:
        return await asyncio.open_connection("127.0.0.1", self.run.doors.out_port)

    def record(self) -> RunRecord:
        self.authority.commit()
        return self.run.record()

    async def ends(self, count: int = 1) -> list[e.EgressConnected]:
        """The first ``count`` connections, once they are taken down."""
        for _ in range(200):
            if len(found := self.record().connections) >= count:
                return found
            await asyncio.sleep(0.02)
        raise AssertionError("no connection was taken down")


def status(answer: bytes) -> int:
    return int(answer.split(b" ")[1]) if answer else 0


@asynccontextmanager
async def way_out(
    tmp: Path,
    hosts: tuple[str, ...] = (HOST,),
    limits: Limits | None = None,
    route: ModelRoute | None = None,
    environ: dict[str, str] | None = None,
    proxies: dict[str, str] | None = None,
) -> AsyncIterator[Way]:
    """The way out of a fresh run whose contract names ``hosts``."""
    beyond = Beyond()
    server = await asyncio.start_server(beyond.serve, "127.0.0.1", 0)
    beyond.port = server.sockets[0].getsockname()[1]
    async with opened(tmp) as run:
        recorder, comparison = run.run.recorder, run.run.comparison
        authority = Authority(recorder, comparison, str(run.root), "/nonexistent", run.approvals)
        providers = route.providers if route else ()
        border = Border(authority, hosts, providers)
        model = ModelDoor(route, run.doors.out_hosts, environ or {}) if route else None
        network = Network(beyond.resolve, beyond.dial)
        outlet = Outlet(network, proxies or {})
        egress = Egress(border, run.doors.out_token, outlet, limits, model)
        await egress.serve(run.doors)
        try:
            yield Way(run, beyond, egress, authority)
        finally:
            await egress.stop()
            server.close()
            await asyncio.sleep(0)
