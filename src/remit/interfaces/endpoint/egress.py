"""The way out of a run: an HTTP proxy for the hosts of the contract, and the model's door.

One port takes three kinds of request: ``CONNECT host:port`` opens a tunnel, ``GET http://host/…``
is passed on, and what lies below ``/model`` goes to the provider of the run. The first two need
the run's password. What is not allowed is answered with a sentence that says what is.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import re
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial

from remit.interfaces.endpoint.connection import Connection
from remit.interfaces.endpoint.doors import Doors
from remit.interfaces.endpoint.message import Refused, Request, passed_on, read_request
from remit.interfaces.endpoint.metering import Admitted, Metering, followed, readable
from remit.interfaces.endpoint.model_door import PREFIX, ModelDoor
from remit.interfaces.endpoint.network import STREAM_LIMIT
from remit.interfaces.endpoint.relay import Limits, Passage, Tally, exchange, tunnel
from remit.interfaces.endpoint.user_proxy import Outlet
from remit.model.decision import Outcome, Reason
from remit.model.events import EgressConnected
from remit.policy.hosts import Destination, destination
from remit.services.border import Border
from remit.services.meter import Denied

Taken = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
_REALM = b'Proxy-Authenticate: Basic realm="Remit"\r\n'
_FINAL = b"Content-Type: application/json\r\nx-should-retry: false\r\n"
"""Clients that meet it show the error and do not ask again."""
_COMMIT_SECONDS = 0.25
_WATCH_SECONDS = 0.25
_HEAR_SECONDS = 2.0
_HEAR_CHUNKS = 512
_ABSOLUTE = re.compile(rb"http://([^/?#@\\\s]+)([/?][!-~]*)?", re.IGNORECASE)
_REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Not in the task contract",
    404: "Not Found",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    431: "Request Header Fields Too Large",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


class Egress:
    """The server behind the way out of one run."""

    def __init__(
        self,
        border: Border,
        token: str,
        outlet: Outlet | None = None,
        limits: Limits | None = None,
        model: ModelDoor | None = None,
        metering: Metering | None = None,
    ) -> None:
        self._border = border
        self._given = b"Basic " + base64.b64encode(f"remit:{token}".encode())
        self._outlet = outlet or Outlet()
        self._limits = limits or Limits()
        self._model = model
        self._metering = metering
        self._servers: list[asyncio.Server] = []
        self._clients: set[asyncio.Task[None]] = set()
        self._leading_out: set[asyncio.Task[None]] = set()
        self._commit: asyncio.TimerHandle | None = None
        self._watch: asyncio.Task[None] | None = None

    async def serve(self, doors: Doors) -> None:
        """Take what knocks at the way out, on this machine's loopback and the agent's own."""
        await self.listen((doors.out, *doors.inner_out), self._client)
        for port, door in zip(doors.lent, doors.inner_lent, strict=False):
            await self.listen((door,), partial(self._lend, Destination("localhost", port)))
        self._watch = asyncio.ensure_future(self._cut_after_a_stop())

    async def listen(self, sockets: Sequence[socket.socket], taken: Taken) -> None:
        """Give every connection to ``sockets`` to ``taken``, on a task of its own."""

        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._held(taken, reader, writer)

        for door in sockets:
            server = await asyncio.start_server(take, sock=door, limit=STREAM_LIMIT)
            self._servers.append(server)

    async def stop(self) -> None:
        """Close the doors, cut what is open, and take down every connection. Waits for nobody."""
        for server in self._servers:
            server.close()
        if self._watch:
            self._watch.cancel()
        for client in tuple(self._clients):
            client.cancel()
        if self._clients:
            await asyncio.wait(self._clients, timeout=2)
        if self._model:
            self._model.close()
        if self._commit:
            self._commit.cancel()
        self._border.commit()

    async def _cut_after_a_stop(self) -> None:
        """A stopped run speaks to its model alone."""
        while self._border.is_open:
            await asyncio.sleep(_WATCH_SECONDS)
        for task in tuple(self._leading_out):
            task.cancel()

    # one connection of the run

    async def _held(
        self, taken: Taken, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            await taken(reader, writer)
        except (OSError, asyncio.CancelledError):
            return  # nobody is there to be told: the other side left, or the run is over
        finally:
            self._clients.discard(task)
            self._leading_out.discard(task)
            writer.close()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._requests(reader, writer)
        except Refused as refused:
            _say(writer, refused.status, refused.message, keep=False)
            await _hear_out(reader, writer)
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 - a defect of ours lets nothing out
            _say(writer, 502, f"Remit failed: {type(error).__name__}: {error}", keep=False)

    async def _lend(
        self, place: Destination, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Carry a connection to a service of this machine. Whatever it speaks, there is no way to
        tell it why it is not carried."""
        full = len(self._clients) > self._limits.connections
        if full or self._border.ask(place).outcome is not Outcome.ALLOW:
            return
        with suppress(Refused), self._leaving(place, "lent") as connection:
            link = await connection.open(self._outlet.open(place, "http"))
            await tunnel(reader, writer, link, connection.tally)

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._clients) > self._limits.connections:
            raise Refused(503, "too many connections of this run are open")
        seconds = self._limits.head_s
        while (request := await read_request(reader, seconds)) is not None:
            if request.method == b"CONNECT":
                if await self._connect(request, reader, writer):
                    return
            elif request.target[:7].lower() == b"http://":
                await self._forward(request, writer)
            else:
                await self._speak_to_model(request, writer)
            if not request.keep or not request.body.done:
                return
            seconds = self._limits.idle_s

    def _admitted(
        self, request: Request, place: Destination | None, writer: asyncio.StreamWriter
    ) -> bool:
        """Whether the request may go on to ``place``; where not, the client was told why."""
        keep = request.keep and request.body.done
        if not hmac.compare_digest(request.field(b"proxy-authorization"), self._given):
            _say(writer, 407, "use the proxy address of this run as it is given", keep, _REALM)
            return False
        if place is None:
            raise Refused(400, "write the host in its plain form: api.example.org:443")
        reason = self._border.ask(place)
        if reason.outcome is Outcome.ALLOW:
            return True
        _say(writer, 403, _sentence(reason), keep)
        return False

    async def _connect(
        self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Open and carry a tunnel; False where the client may ask again."""
        place = destination(request.target.decode("latin-1"))
        if not self._admitted(request, place, writer):
            return False
        assert place is not None
        with self._leaving(place, "tunnel") as connection:
            link = await connection.open(self._outlet.open(place, "https"))
            connection.answered = True
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await tunnel(reader, writer, link, connection.tally)
        return True

    async def _forward(self, request: Request, writer: asyncio.StreamWriter) -> None:
        found = _ABSOLUTE.fullmatch(request.target)
        place = destination(found[1].decode("latin-1"), 80) if found else None
        if not self._admitted(request, place, writer):
            return
        assert found is not None
        assert place is not None
        path = found[2] or b"/"
        path = path if path.startswith(b"/") else b"/" + path
        fields = tuple(field for field in passed_on(request.fields) if field[0] != b"host")
        own = ((b"host", found[1]), *fields, (b"connection", b"close"))
        with self._leaving(place, "request") as connection:
            link = await connection.open(self._outlet.open(place, "http"))
            await exchange(Passage(request, own, path, link), writer, connection.tally)

    async def _speak_to_model(self, request: Request, writer: asyncio.StreamWriter) -> None:
        door = self._model
        if door is None or not door.is_for(request):
            raise Refused(404, "this is the way out of a run of Remit: use it as a proxy")
        fields, target = door.call(request)
        admitted = await self._metered(request, writer)
        if isinstance(admitted, Denied):
            _answer(writer, admitted.status, admitted.body, request.keep, _FINAL)
            return
        request, answering = admitted
        fields = readable(fields) if answering else fields
        connection = Connection(door.place, "model", Tally(self._limits))
        try:
            with connection.faults_told(), followed(answering):
                link = await connection.open(door.link())
                passage = Passage(request, fields, target, link)
                if await exchange(passage, writer, connection.tally, answering):
                    connection.hand_back(door.keep)
        finally:
            connection.close()
            self._note(connection.entry())

    async def _metered(self, request: Request, writer: asyncio.StreamWriter) -> Admitted | Denied:
        if self._metering is None:
            return Admitted(request)
        if request.continues:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        path = request.target[len(PREFIX) :].decode("latin-1")
        return await self._metering.admit(request, path, self._limits)

    @contextmanager
    def _leaving(self, place: Destination, way: str) -> Iterator[Connection]:
        """A connection that leads out: cut when the run is stopped, taken down when it ends."""
        task = asyncio.current_task()
        assert task is not None
        self._leading_out.add(task)
        connection = Connection(place, way, Tally(self._limits))
        try:
            with connection.faults_told():
                yield connection
        finally:
            self._leading_out.discard(task)
            connection.close()
            self._note(connection.entry())

    def _note(self, connection: EgressConnected) -> None:
        """Take it down; many that end together share one commit."""
        self._border.ended(connection)
        if self._commit is None:
            loop = asyncio.get_running_loop()
            self._commit = loop.call_later(_COMMIT_SECONDS, self._settle)

    def _settle(self) -> None:
        self._commit = None
        self._border.commit()


async def _hear_out(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Let a client that still sends come to its end, within bounds: cut off, it would lose our
    answer with its own words."""
    with suppress(OSError, asyncio.CancelledError):
        await writer.drain()
        writer.write_eof()
        async with asyncio.timeout(_HEAR_SECONDS):
            for _ in range(_HEAR_CHUNKS):
                if not await reader.read(STREAM_LIMIT):
                    return


def _sentence(reason: Reason) -> str:
    """What an agent reads: what is not allowed, what is, and how to ask."""
    parts = [reason.message]
    if reason.allowed:
        parts.append(f"Allowed: {reason.allowed}.")
    if reason.ask:
        parts.append(f"To ask for it, end with a note that a person should {reason.ask}.")
    return " ".join(parts)


def _say(
    writer: asyncio.StreamWriter, status: int, sentence: str, keep: bool, more: bytes = b""
) -> None:
    """Answer with a sentence of ours."""
    body = sentence.encode("ascii", "backslashreplace") + b"\n"
    _answer(writer, status, body, keep, b"Content-Type: text/plain\r\n" + more)


def _answer(
    writer: asyncio.StreamWriter, status: int, body: bytes, keep: bool, more: bytes
) -> None:
    """Answer in one segment."""
    how = "keep-alive" if keep else "close"
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: {how}\r\n"
    )
    writer.write(head.encode() + more + b"\r\n" + body)
