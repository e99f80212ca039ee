"""A run's model door with its meter, over real sockets, before a provider that a test scripts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from open_endpoint import Opened, opened
from remit.interfaces.endpoint.egress import Egress
from remit.interfaces.endpoint.metering import Metering
from remit.interfaces.endpoint.model_door import ModelDoor
from remit.model.meter_events import BudgetSettled
from remit.model.record import RunRecord
from remit.model.route import Credential, ModelRoute
from remit.services.border import Border
from remit.services.meter import Meter
from remit.services.purse import Purse
from remit.services.scan.prices import Pricing, load_prices
from remit.storage.shared_spending import SharedSpending

KEY = "sk-remit-of-this-run"
MODEL = "claude-opus-5-5"


def event(kind: str, **fields: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def begin(read: int = 100, model: str = MODEL, message: str = "msg_1") -> bytes:
    usage = {"input_tokens": read, "output_tokens": 1}
    return event("message_start", message={"id": message, "model": model, "usage": usage})


def word(text: str = "word ") -> bytes:
    return event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})


def call(name: str) -> bytes:
    block = {"type": "tool_use", "id": name, "name": "Bash", "input": {}}
    return event("content_block_start", index=1, content_block=block)


def finish(wrote: int = 20, stop: str = "end_turn") -> bytes:
    delta = {"stop_reason": stop}
    return event("message_delta", delta=delta, usage={"output_tokens": wrote}) + event(
        "message_stop"
    )


SHORT = begin() + word() + finish()


@dataclass
class Provider:
    """Answers every request by its script, in chunks as the pieces are; counts what reached it."""

    pieces: list[bytes] = field(default_factory=lambda: [SHORT])
    head: bytes = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nrequest-id: req_1\r\n"
    bodies: list[bytes] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    pace_s: float = 0.0
    silent: bool = False
    """Hang up instead of answering."""
    sent: int = 0
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
                self.heads.append(head)
                self.bodies.append(await reader.readexactly(length))
                if self.silent:
                    break
                writer.write(self.head + b"Transfer-Encoding: chunked\r\n\r\n")
                for piece in self.pieces:
                    writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    await writer.drain()
                    self.sent += 1
                    await asyncio.sleep(self.pace_s)
                writer.write(b"0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()


@dataclass
class Metered:
    """An open run whose model door is metered."""

    run: Opened
    provider: Provider
    meter: Meter

    def body(self, **more: object) -> bytes:
        value = {"model": MODEL, "stream": True, "max_tokens": 1000, "messages": [], **more}
        return json.dumps(value).encode()

    def request(self, body: bytes, path: str = "/v1/messages", more: str = "") -> bytes:
        port = self.run.doors.out_port
        head = f"POST /model{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nx-api-key: {KEY}\r\n"
        return f"{head}{more}Content-Length: {len(body)}\r\n\r\n".encode() + body

    async def ask(self, body: bytes, path: str = "/v1/messages", more: str = "") -> bytes:
        """The whole answer to a request, its head included."""
        return await self.raw(self.request(body, path, more))

    async def raw(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.run.doors.out_port)
        writer.write(request)
        found = b""
        try:
            while chunk := await asyncio.wait_for(reader.read(65536), 0.4 if found else 10):
                found += chunk
        except (TimeoutError, ConnectionResetError):
            pass
        writer.close()
        return found

    def record(self) -> RunRecord:
        self.run.run.recorder.flush()
        return self.run.record()

    async def settled(self, count: int = 1) -> list[BudgetSettled]:
        """The first ``count`` settlements, once they are made."""
        for _ in range(500):
            if len(found := list(self.record().settled.values())) >= count:
                return found
            await asyncio.sleep(0.01)
        raise AssertionError("it was never settled")


@asynccontextmanager
async def metered(
    tmp: Path, provider: Provider | None = None, budget: str = 'spend = "1.00"'
) -> AsyncIterator[Metered]:
    """The metered model door of a fresh run with these lines in its budget."""
    there = provider or Provider()
    server = await asyncio.start_server(there.serve, "127.0.0.1", 0)
    there.port = int(server.sockets[0].getsockname()[1])
    key = Credential("x-api-key", KEY, "sk-ant-the-real-one")
    route = ModelRoute(f"http://127.0.0.1:{there.port}", (key,))
    async with opened(tmp, budget=budget) as run:
        recorder, now_us = run.run.recorder, run.run.desk.now_us
        prices = Pricing(load_prices({"HOME": "/nonexistent"}, None))
        purse = Purse(SharedSpending(tmp), run.run.id, (), now_us)
        meter = Meter(recorder, run.authority, prices, purse, now_us)
        run.authority.promised = meter.promised
        door = ModelDoor(route, run.doors.out_hosts, {})
        border = Border(run.authority, ())
        egress = Egress(border, run.doors.out_token, model=door, metering=Metering(meter))
        await egress.serve(run.doors)
        try:
            yield Metered(run, there, meter)
        finally:
            await egress.stop()
            server.close()
            await asyncio.sleep(0)
