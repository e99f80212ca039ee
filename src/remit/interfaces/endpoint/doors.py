"""The sockets of a run, open before the agent starts: what knocks early waits to be answered."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass, replace
from pathlib import Path

BACKLOG = 128


@dataclass(frozen=True, slots=True)
class Doors:
    """A loopback port and a Unix socket, both listening. ``token`` is the run's bearer token."""

    tcp: socket.socket
    unix: socket.socket
    path: Path
    token: str
    inner: tuple[socket.socket, ...] = ()
    """Listening on the same port in the agent's own network, where it has one."""

    @property
    def port(self) -> int:
        return int(self.tcp.getsockname()[1])

    @property
    def url(self) -> str:
        """Where hooks are posted; holds no secret, because clients print it."""
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def hosts(self) -> frozenset[bytes]:
        """The ``Host`` headers of honest clients: no page of a browser sends one of these."""
        return frozenset(f"{name}:{self.port}".encode() for name in ("127.0.0.1", "localhost"))

    def with_inner(self, inner: tuple[socket.socket, ...]) -> Doors:
        return replace(self, inner=inner)

    def close(self) -> None:
        for door in (self.tcp, *self.inner):
            door.close()
        self.unix.close()
        self.path.unlink(missing_ok=True)


def open_doors(path: Path) -> Doors:
    """Listen on a free loopback port and on the Unix socket ``path`` (mode 0600)."""
    tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    tcp.bind(("127.0.0.1", 0))
    tcp.listen(BACKLOG)
    unix = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    _bind_private(unix, path)
    unix.listen(BACKLOG)
    return Doors(tcp, unix, path, secrets.token_urlsafe(32))


def _bind_private(unix: socket.socket, path: Path) -> None:
    """Bind through a short relative name: a state directory may be deeper than the 107 bytes
    that a socket's address holds."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        unix.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)
    path.chmod(0o600)
