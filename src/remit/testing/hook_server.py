"""A hook endpoint without a run: records what a client sends and answers as told."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

from remit.model.json import JsonObject

_POLL = 0.02
"""Seconds between looks at the wish to stop."""
Answerer = Callable[[bytes], bytes]


class HookServer:
    """Listens on a free loopback port and, as a context manager, on the Unix ``socket`` too.

    ``answer`` gets each payload and gives the reply's body. A request without the right bearer
    token is refused and counted in ``refused``. Where ``answer`` raises, the connection breaks off
    without a reply, as with an endpoint that dies.
    """

    def __init__(self, answer: Answerer, token: str, socket: Path) -> None:
        self.refused = 0
        self.token = token
        self.socket = socket
        self._answer = answer
        self._bodies: list[bytes] = []
        self._lock = threading.Lock()
        self._tcp = _Tcp(("127.0.0.1", 0), _Handler)
        self._unix = _Unix(str(socket), _Handler)
        self._tcp.hooks = self._unix.hooks = self
        self._threads = [
            threading.Thread(target=server.serve_forever, args=(_POLL,), daemon=True)
            for server in (self._tcp, self._unix)
        ]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._tcp.server_address[1]}/hook"

    @property
    def payloads(self) -> tuple[JsonObject, ...]:
        """Every payload so far, parsed, in order of arrival."""
        with self._lock:
            return tuple(json.loads(body) for body in self._bodies)

    def named(self, event: str) -> tuple[JsonObject, ...]:
        return tuple(p for p in self.payloads if p.get("hook_event_name") == event)

    def take(self, body: bytes) -> bytes:
        with self._lock:
            self._bodies.append(body)
        return self._answer(body)

    def __enter__(self) -> HookServer:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in (self._tcp, self._unix):
            server.shutdown()
            server.server_close()


class _Tcp(ThreadingHTTPServer):
    daemon_threads = True
    hooks: HookServer

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is an ordinary end of a connection."""


class _Unix(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    hooks: HookServer

    def handle_error(self, request: object, client_address: object) -> None:
        """As above."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Tcp | _Unix

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        hooks = self.server.hooks
        if self.headers.get("authorization") != f"Bearer {hooks.token}":
            hooks.refused += 1
            self._reply(401, b"not yours")
            return
        self._reply(200, hooks.take(body))

    def _reply(self, status: int, body: bytes) -> None:
        head = f"HTTP/1.1 {status} Hook\r\nContent-Length: {len(body)}\r\n"
        kind = "Content-Type: application/json\r\n\r\n"
        self.wfile.write(head.encode() + kind.encode() + body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: what was asked is in ``HookServer.payloads``."""
