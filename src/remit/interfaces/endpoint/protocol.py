"""HTTP/1.1 for hooks: small, bounded, one reply segment per request.

httptools parses; this file holds the limits. A reply is written in one segment, because
a client that gets headers and body apart waits for a delayed acknowledgement (about 20 ms).
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import httptools

MAX_BODY = 8 * 1024 * 1024
MAX_HEADERS = 100
MAX_HEADER_BYTES = 32 * 1024
MAX_CONNECTIONS = 256
IDLE_SECONDS = 300.0
REQUEST_SECONDS = 20.0
RATE = 2000.0
BURST = 20000.0

_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}
_REASONS |= {405: "Method Not Allowed", 413: "Content Too Large", 429: "Too Many Requests"}
_REASONS |= {503: "Service Unavailable"}


class Reply(Protocol):
    """How a handler gives its answer, at once or after its entry is durable."""

    def __call__(self, status: int, body: bytes) -> None: ...


Handler = Callable[[bytes, Reply], None]
Routes = Mapping[bytes, Handler]
"""Who takes what is posted, by its path."""


@dataclass(slots=True)
class Door:
    """Who may come in. ``hosts`` are the accepted ``Host`` headers (None over a Unix socket, where
    no page of a browser can reach us); ``token`` is the bearer token of the run."""

    token: bytes
    hosts: frozenset[bytes] | None
    answer_s: float = REQUEST_SECONDS
    """How long an answer may take: as long as a call may be held for a person, and a little."""
    connections: int = 0
    _tokens: float = BURST
    _filled: float = 0.0

    def refusal(self, headers: dict[bytes, bytes], now: float) -> int:
        """The status to refuse with, or 0 to let in. ``now`` is in monotonic seconds."""
        if self.hosts is not None and headers.get(b"host", b"").lower() not in self.hosts:
            return 403
        given = headers.get(b"authorization", b"")
        if not hmac.compare_digest(given, b"Bearer " + self.token):
            return 401
        return 0 if self._take(now) else 429

    def _take(self, now: float) -> bool:
        """A token bucket: a flood of hooks would fill the disk with entries."""
        self._tokens = min(BURST, self._tokens + (now - self._filled) * RATE)
        self._filled = now
        self._tokens -= 1
        return self._tokens >= 0


class HookProtocol(asyncio.Protocol):
    """One connection. Requests are handled one after another; a pipelined one waits its turn."""

    def __init__(self, routes: Routes, door: Door) -> None:
        self._routes = routes
        self._door = door
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._until = 0.0
        self._parser = httptools.HttpRequestParser(self)
        self._failed = False
        self._reset()

    def _reset(self) -> None:
        self._headers: dict[bytes, bytes] = {}
        self._header_bytes = 0
        self._body = bytearray()
        self._url = b""
        self._busy = False
        self._keep = False

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._door.connections += 1
        if self._door.connections > MAX_CONNECTIONS:
            self._fail(429, "too many connections")
            return
        self._await(IDLE_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._door.connections -= 1
        self._transport = None
        if self._timer:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        if self._failed:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._fail(400, "no upgrades here")
        except httptools.HttpParserError:
            self._fail(400, "not an HTTP request")

    # httptools callbacks

    def on_message_begin(self) -> None:
        if self._busy:
            self._fail(400, "one request at a time")
        self._busy = True
        self._await(REQUEST_SECONDS)

    def on_url(self, url: bytes) -> None:
        self._url += url
        if len(self._url) > 1024:
            self._fail(400, "the path is too long")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > MAX_HEADER_BYTES or len(self._headers) > MAX_HEADERS:
            self._fail(400, "too many headers")

    def on_headers_complete(self) -> None:
        refusal = self._door.refusal(self._headers, self._loop.time())
        if refusal:
            self._fail(refusal, "this endpoint belongs to a run of Remit")
        elif self._parser.get_method() != b"POST":
            self._fail(405, "POST only")
        elif self._url not in self._routes:
            self._fail(404, "nothing takes this here")

    def on_body(self, body: bytes) -> None:
        if self._failed:
            return
        self._body += body
        if len(self._body) > MAX_BODY:
            self._fail(413, "the payload is over 8 MiB")

    def on_message_complete(self) -> None:
        if self._failed:
            return
        self._keep = self._parser.should_keep_alive()
        self._await(self._door.answer_s)
        self._routes[self._url](bytes(self._body), self._reply)

    # replies

    def _reply(self, status: int, body: bytes) -> None:
        if self._failed:
            return
        self._write(status, body, self._keep)
        if self._keep:
            self._reset()
            self._await(IDLE_SECONDS)

    def _fail(self, status: int, message: str) -> None:
        self._failed = True
        self._write(status, message.encode() + b"\n", keep=False)

    def _write(self, status: int, body: bytes, keep: bool) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        head = (
            f"HTTP/1.1 {status} {_REASONS[status]}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"Connection: {'keep-alive' if keep else 'close'}\r\n\r\n"
        )
        self._transport.write(head.encode() + body)
        if not keep:
            self._transport.close()

    def _await(self, seconds: float) -> None:
        """Close the connection unless something else is awaited within ``seconds``. A timer that
        runs is left to find that it rang early: setting one anew costs more than a request."""
        self._until = self._loop.time() + seconds
        if self._timer and self._timer.when() <= self._until:
            return
        if self._timer:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._until, self._expire)

    def _expire(self) -> None:
        self._timer = None
        if self._transport is None:
            return
        if self._loop.time() < self._until:
            self._timer = self._loop.call_at(self._until, self._expire)
        else:
            self._transport.close()
