"""The model's door: the client speaks to us, and we to the provider, with the user's key.

What the agent holds in the place of the key opens this door alone. Answers pass as they come.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Mapping
from ssl import SSLContext
from urllib.parse import urlsplit

from remit.errors import RemitError
from remit.interfaces.endpoint.message import Headers, Refused, Request, passed_on
from remit.interfaces.endpoint.network import Link, Network, secure
from remit.interfaces.endpoint.tls import trusting
from remit.interfaces.endpoint.user_proxy import UserProxy, proxy_of
from remit.model.route import ModelRoute
from remit.policy.hosts import Destination, destination

PREFIX = b"/model"
IDLE_SECONDS = 60.0
_MOST_IDLE = 8
_PLAIN = re.compile(rb"(?:[/?][!-~]*)?")
_CLIMBS = re.compile(rb"(?:/|%2f|\\|%5c)(?:\.|%2e){1,2}(?:/|%2f|\\|%5c|[?#]|$)", re.IGNORECASE)
_CREDENTIALS = (b"x-api-key", b"authorization")


class ModelDoor:
    """Speaks to the provider of one run. ``hosts`` are the ``Host`` headers of honest clients."""

    def __init__(
        self, route: ModelRoute, hosts: frozenset[bytes], environ: Mapping[str, str]
    ) -> None:
        parts = urlsplit(route.base)
        secured = parts.scheme == "https"
        place = destination(parts.netloc, 443 if secured else 80)
        if place is None or parts.scheme not in ("http", "https"):
            raise RemitError(
                "the address of the model cannot be read",
                "see that ANTHROPIC_BASE_URL is like https://api.example.org",
            )
        self.place: Destination = place
        self._route = route
        self._hosts = hosts
        self._netloc = parts.netloc.encode()
        self._path = parts.path.rstrip("/").encode()
        self._environ = environ
        self._proxy: UserProxy | None = proxy_of(environ, parts.scheme, place)
        self._context: SSLContext | None = None
        self._secured = secured
        self._idle: list[tuple[float, Link]] = []

    def is_for(self, request: Request) -> bool:
        """Whether the request is the model's, and no page of a browser sent it."""
        below = request.target.startswith(PREFIX)
        return below and request.field(b"host").lower() in self._hosts

    def call(self, request: Request) -> tuple[Headers, bytes]:
        """The headers and the target the provider is sent. Raises Refused without a key."""
        rest = request.target[len(PREFIX) :]
        if not _PLAIN.fullmatch(rest) or _CLIMBS.search(rest.partition(b"?")[0]):
            raise Refused(400, "the path is not in its plain form")
        fields = [field for field in passed_on(request.fields) if field[0] != b"host"]
        own = [(name.lower().encode(), value.encode()) for name, value in self._route.headers]
        fields = self._signed(fields) + own
        return ((b"host", self._netloc), *fields), self._path + rest or b"/"

    def _signed(self, fields: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """With the user's key in the place of the run's: one key, and no other beside it."""
        if not self._route.credentials:
            return fields
        rest = [field for field in fields if field[0] not in _CREDENTIALS]
        shown = [field for field in fields if field[0] in _CREDENTIALS]
        for credential in self._route.credentials:
            name, given = credential.header.encode(), credential.given.encode()
            if any(field[0] == name and hmac.compare_digest(field[1], given) for field in shown):
                return [*rest, (name, credential.real.encode())]
        raise Refused(401, "this door opens for the key of this run of Remit alone")

    async def link(self) -> Link:
        """A connection to the provider: one that is idle, or a new one."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            since, link = self._idle.pop()
            if now - since < IDLE_SECONDS and not link.reader.at_eof():
                return link
            link.writer.close()
        return await self._new()

    def keep(self, link: Link) -> None:
        """Take back a connection that may carry another request."""
        self._idle.append((asyncio.get_running_loop().time(), link))
        for _, old in self._idle[:-_MOST_IDLE]:
            old.writer.close()
        del self._idle[:-_MOST_IDLE]

    def close(self) -> None:
        for _, link in self._idle:
            link.writer.close()
        self._idle.clear()

    async def _new(self) -> Link:
        if self._proxy is not None:
            link = await self._proxy.open(self.place)
        else:
            link = await Network().open_any(self.place)
        if not self._secured:
            return link
        if self._context is None:
            self._context = await asyncio.to_thread(trusting, self._environ)
        return await secure(link, self._context, self.place.host)
