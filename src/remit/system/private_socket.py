"""Unix sockets in private folders, also where the folder's path is too long for an address."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def listen(path: Path, backlog: int = 16) -> socket.socket:
    """A socket listening at ``path``, mode 0600; what lay there before is removed."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with _short(path) as name:
        listening.bind(name)
    path.chmod(0o600)
    listening.listen(backlog)
    return listening


def connect(path: Path, timeout_s: float) -> socket.socket:
    """A socket connected to ``path``; every later step of it is bounded as well."""
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connected.settimeout(timeout_s)
    try:
        with _short(path) as name:
            connected.connect(name)
    except OSError:
        connected.close()
        raise
    return connected


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """An address holds 107 bytes, a state directory may be deeper: name it by a descriptor."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
