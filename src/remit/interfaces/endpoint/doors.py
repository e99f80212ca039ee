"""The sockets of a run, open before the agent starts: what knocks early waits to be answered."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass, field, replace
from pathlib import Path

BACKLOG = 128
HOOK_PATH = b"/hook"
TELEMETRY_PATH = b"/v1/logs"
"""Where the OTLP exporter of a client posts its log records, below the address it is given."""
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Doors:
    """Two loopback ports and a Unix socket, all listening: ``tcp`` and ``unix`` take hooks, ``out``
    is the way out. ``token`` is the run's bearer token for hooks, ``out_token`` the password of
    the way out, ``model_key`` what the agent has in the place of the user's key."""

    tcp: socket.socket
    out: socket.socket
    unix: socket.socket
    path: Path
    token: str = field(repr=False)
    out_token: str = field(repr=False)
    model_key: str = field(repr=False)
    inner: tuple[socket.socket, ...] = ()
    """Listening on the port of ``tcp`` in the agent's own network, where it has one."""
    inner_out: tuple[socket.socket, ...] = ()
    """The same for ``out``."""
    lent: tuple[int, ...] = ()
    """Ports of this machine's own services that the contract names."""
    inner_lent: tuple[socket.socket, ...] = ()
    """Listening on ``lent`` in the agent's own network, in order."""

    @property
    def port(self) -> int:
        return int(self.tcp.getsockname()[1])

    @property
    def out_port(self) -> int:
        return int(self.out.getsockname()[1])

    @property
    def url(self) -> str:
        """Where hooks are posted; holds no secret, because clients print it."""
        return f"http://{_LOOPBACK}:{self.port}/hook"

    @property
    def telemetry_url(self) -> str:
        """Where the client sends its telemetry, with the same token."""
        return f"http://{_LOOPBACK}:{self.port}"

    @property
    def proxy_url(self) -> str:
        """What proxy variables say; holds the password, because that is how it is given."""
        return f"http://remit:{self.out_token}@{_LOOPBACK}:{self.out_port}"

    @property
    def model_url(self) -> str:
        """The base address of the model for the agent."""
        return f"http://{_LOOPBACK}:{self.out_port}/model"

    @property
    def hosts(self) -> frozenset[bytes]:
        """The ``Host`` headers of honest clients: no page of a browser sends one of these."""
        return _named(self.port)

    @property
    def out_hosts(self) -> frozenset[bytes]:
        """The same for the model door."""
        return _named(self.out_port)

    @property
    def ports(self) -> tuple[int, ...]:
        """What the agent may connect to."""
        return (self.port, self.out_port, *self.lent)

    def lending(self, ports: tuple[int, ...]) -> Doors:
        """With the services on ``ports`` within the agent's reach."""
        return replace(self, lent=ports)

    def with_inner(self, inner: tuple[socket.socket, ...]) -> Doors:
        """With the sockets that listen on :attr:`ports` in the agent's own network, in order."""
        return replace(self, inner=inner[:1], inner_out=inner[1:2], inner_lent=inner[2:])

    def close(self) -> None:
        for door in (self.tcp, self.out, *self.inner, *self.inner_out, *self.inner_lent):
            door.close()
        self.unix.close()
        self.path.unlink(missing_ok=True)


def open_doors(path: Path) -> Doors:
    """Listen on two free loopback ports and on the Unix socket ``path`` (mode 0600)."""
    unix = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    _bind_private(unix, path)
    unix.listen(BACKLOG)
    return Doors(
        _listening(),
        _listening(),
        unix,
        path,
        token=secrets.token_urlsafe(32),
        out_token=secrets.token_urlsafe(32),
        model_key=f"sk-remit-{secrets.token_urlsafe(32)}",
    )


def _listening() -> socket.socket:
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    door.bind((_LOOPBACK, 0))
    door.listen(BACKLOG)
    return door


def _named(port: int) -> frozenset[bytes]:
    return frozenset(f"{name}:{port}".encode() for name in (_LOOPBACK, "localhost"))


def _bind_private(unix: socket.socket, path: Path) -> None:
    """Bind through a short relative name: a state directory may be deeper than the 107 bytes
    that a socket's address holds."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        unix.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)
    path.chmod(0o600)
