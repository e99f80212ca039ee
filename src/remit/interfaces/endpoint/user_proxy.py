"""The user's own proxy, where this machine has no other way out."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

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
            link = await Network().open_any(Destination(self.host, self.port))
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


def proxy_of(environ: Mapping[str, str], scheme: str, place: Destination) -> UserProxy | None:
    """The proxy that ``environ`` names for ``place``; None where it is reached directly."""
    if place.is_loopback or _excepted(environ, place):
        return None
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY")
    text = next((environ[name] for name in names if environ.get(name)), "")
    parts = urlsplit(text if "://" in text else f"http://{text}")
    if not text or parts.scheme != "http" or not parts.hostname:
        return None
    header = b""
    if parts.username is not None:
        words = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        header = b"Proxy-Authorization: Basic " + base64.b64encode(words.encode()) + b"\r\n"
    return UserProxy(parts.hostname, parts.port or 80, header)


def _excepted(environ: Mapping[str, str], place: Destination) -> bool:
    listed = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    for item in (word.strip().lower() for word in listed.split(",")):
        name = item.removeprefix("*").removeprefix(".")
        if item == "*" or (name and (place.host == name or place.host.endswith(f".{name}"))):
            return True
    return False
