"""How the way out reaches other machines: it looks a name up once, judges what it leads to, and
connects to just that address. Whoever answers for the name later changes nothing any more."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ssl import SSLContext

from remit.policy.hosts import Destination, private_name, unreachable

CONNECT_SECONDS = 15.0
LOOK_UP_SECONDS = 3.0
"""A machine behind a proxy may have name servers that never answer."""
STREAM_LIMIT = 64 * 1024
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Forbidden(Exception):
    """A name led to an address that no run reaches. ``address`` is that address."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(why)
        self.address = address
        self.why = why


@dataclass(frozen=True, slots=True)
class Link:
    """An open connection and the address it leads to."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    address: str


Resolve = Callable[[str], Awaitable[Sequence[str]]]
Dial = Callable[[str, int], Awaitable[Streams]]


async def resolve(host: str) -> Sequence[str]:
    """The addresses of ``host``, the older kind first: a machine may have only that.

    The system's own look-up cannot be interrupted. It runs in a thread nobody waits for, so
    that a name server that is silent does not hold up the end of a run.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[str]] = loop.create_future()

    def look_up() -> None:
        try:
            rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            result: list[str] | OSError = [str(row[4][0]) for row in rows]
        except OSError as error:
            result = error
        with suppress(RuntimeError):  # the run is over, and its loop with it
            loop.call_soon_threadsafe(_settle, found, result)

    threading.Thread(target=look_up, daemon=True).start()
    addresses = dict.fromkeys(await found)
    return sorted(addresses, key=lambda address: ":" in address)


def _settle(found: asyncio.Future[list[str]], result: list[str] | OSError) -> None:
    if found.done():
        return
    if isinstance(result, OSError):
        found.set_exception(result)
    else:
        found.set_result(result)


async def dial(address: str, port: int) -> Streams:
    return await asyncio.open_connection(address, port, limit=STREAM_LIMIT)


@dataclass(frozen=True, slots=True)
class Network:
    """The net as a run sees it. ``resolve`` and ``dial`` are given by tests."""

    resolve: Resolve = resolve
    dial: Dial = dial

    async def open(self, place: Destination) -> Link:
        """Connect to ``place``, which the contract names.

        Raises Forbidden, or OSError (TimeoutError among them) where nobody answers.
        """
        async with asyncio.timeout(CONNECT_SECONDS):
            return await self._first(await self._judged(place), place.port)

    async def vet(self, place: Destination) -> None:
        """Judge ``place`` for somebody else to connect to, as far as it can be told here: its
        address, or what its name leads to on this machine, or the name alone. Raises Forbidden."""
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                await self._judged(place)
        except OSError:  # TimeoutError is one too: there is no name server for this machine
            if why := private_name(place.host):
                raise Forbidden("", why) from None

    async def _judged(self, place: Destination) -> Sequence[str]:
        addresses = await self._addresses(place)
        for address in addresses:
            if not place.is_loopback and (why := unreachable(address)):
                raise Forbidden(address, why)
        return addresses

    async def open_any(self, place: Destination) -> Link:
        """Connect to what the user named, such as their provider, wherever it lies."""
        async with asyncio.timeout(CONNECT_SECONDS):
            return await self._first(await self._addresses(place), place.port)

    async def _addresses(self, place: Destination) -> Sequence[str]:
        if place.host == "localhost":
            return ("127.0.0.1", "::1")
        return (place.host,) if place.is_address else await self.resolve(place.host)

    async def _first(self, addresses: Sequence[str], port: int) -> Link:
        fault = OSError("the name has no address")
        for address in addresses:
            try:
                return await self._link(address, port)
            except OSError as error:
                fault = error
        raise fault

    async def _link(self, address: str, port: int) -> Link:
        reader, writer = await self.dial(address, port)
        return Link(reader, writer, address)


async def secure(link: Link, context: SSLContext, host: str) -> Link:
    """The same connection under TLS, with the certificate verified for ``host``."""
    async with asyncio.timeout(CONNECT_SECONDS):
        await link.writer.start_tls(context, server_hostname=host)
    return link
