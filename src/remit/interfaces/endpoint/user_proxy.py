"""The user's own proxy: where one is named, everything that leaves goes out by it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from remit.errors import RemitError
from remit.interfaces.endpoint.message import Refused, read_response
from remit.interfaces.endpoint.network import CONNECT_SECONDS, Link, Network
from remit.policy.hosts import Destination


@dataclass(frozen=True, slots=True)
class UserProxy:
    """An HTTP proxy; ``header`` is its ``Proxy-Authorization`` line, or empty."""

    host: str
    port: int
    header: bytes = field(default=b"", repr=False)

    async def open(self, place: Destination) -> Link:
        """A tunnel to ``place``; OSError where the proxy gives none."""
        async with asyncio.timeout(CONNECT_SECONDS):
            try:
                link = await Network().open_any(Destination(self.host, self.port))
            except OSError:  # what it says names the proxy, and a program of the run reads it
                raise OSError("your proxy does not answer") from None
            host = f"[{place.host}]" if ":" in place.host else place.host
            name = f"{host}:{place.port}".encode()
            link.writer.write(
                b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (name, name, self.header)
            )
            try:
                answer = await read_response(link.reader, CONNECT_SECONDS, b"CONNECT")
            except Refused as refused:
                link.writer.close()
                raise OSError(f"your proxy: {refused.message}") from None
        if answer.status != 200:
            link.writer.close()
            raise OSError(f"your proxy answered {answer.status}")
        return Link(link.reader, link.writer, "")


@dataclass(frozen=True, slots=True)
class Outlet:
    """How hosts of a contract are reached: through the proxy that ``environ`` names, or directly.

    A proxy looks names up by itself, so that what a name leads to is judged only as far as this
    machine can tell.
    """

    network: Network = field(default_factory=Network)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Read what is named while a person is there to be told."""
        for scheme in ("http", "https"):
            _named(self.environ, scheme)

    async def open(self, place: Destination, scheme: str) -> Link:
        """Connect to ``place``; raises Forbidden and OSError as :meth:`Network.open` does."""
        proxy = proxy_of(self.environ, scheme, place)
        if proxy is None:
            return await self.network.open(place)
        await self.network.vet(place)
        return await proxy.open(place)


def proxy_of(environ: Mapping[str, str], scheme: str, place: Destination) -> UserProxy | None:
    """The proxy that ``environ`` names for ``place``; None where it is reached directly. Raises
    RemitError where it cannot be read."""
    if place.is_loopback or _excepted(environ, place):
        return None
    return _named(environ, scheme)


def _named(environ: Mapping[str, str], scheme: str) -> UserProxy | None:
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY")
    name = next((name for name in names if environ.get(name)), "")
    if not name:
        return None
    text = environ[name]
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        port = parts.port or 80
    except ValueError:  # what it says may hold a piece of the password
        raise _unreadable(name) from None
    if parts.scheme != "http":
        return None
    if not parts.hostname or "@" in parts.path:
        raise _unreadable(name)
    header = b""
    if parts.username is not None:
        words = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        header = b"Proxy-Authorization: Basic " + base64.b64encode(words.encode()) + b"\r\n"
    return UserProxy(parts.hostname, port, header)


def _unreadable(name: str) -> RemitError:
    form = "http://USER:…@HOST:PORT, with % and two digits for each special character"
    return RemitError(f"the proxy in {name} cannot be read", f"write it as {form}")


def _excepted(environ: Mapping[str, str], place: Destination) -> bool:
    listed = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    for item in (word.strip().lower() for word in listed.split(",")):
        name = item.removeprefix("*").removeprefix(".")
        if item == "*" or (name and (place.host == name or place.host.endswith(f".{name}"))):
            return True
    return False
