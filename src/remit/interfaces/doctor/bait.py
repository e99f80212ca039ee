"""What lies about for a confined program to reach: listeners and a process, all doctor's own."""

from __future__ import annotations

import contextlib
import secrets
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Bait:
    """``tcp`` and ``udp`` are loopback ports, ``path`` a socket's path, ``name`` that of an
    abstract socket with its ``@``. ``late`` and ``within`` are sockets that appear once the
    program runs, one in a home and one in the tree."""

    tcp: int
    udp: int
    path: str
    name: str
    late: str
    within: str
    process: subprocess.Popen[bytes]

    @property
    def was_ended(self) -> bool:
        return self.process.poll() is not None


@contextmanager
def laid_out(home: Path, tree: Path) -> Iterator[Bait]:
    """Bait for a stage with this ``home`` and ``tree``; gone afterwards."""
    home.mkdir(parents=True)
    name = f"@remit-doctor-{secrets.token_hex(8)}"
    with ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        stack.enter_context(_answered(udp))
        path, late, within = str(home / "daemon"), str(home / "late"), str(tree / "late")
        for address in (path, f"\0{name[1:]}"):
            door = stack.enter_context(socket.socket(socket.AF_UNIX))
            door.bind(address)
            door.listen()
        stack.enter_context(_opened_late(tree / "inside", (late, within)))
        process = stack.enter_context(_sleeper())
        ports = tcp.getsockname()[1], udp.getsockname()[1]
        yield Bait(*ports, path, name, late, within, process)


@contextmanager
def _opened_late(inside: Path, paths: Sequence[str]) -> Iterator[None]:
    """Listen at ``paths`` as soon as the program says in the folder ``inside`` that it runs."""
    over = threading.Event()
    thread = threading.Thread(target=_open_late, args=(inside, paths, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(1.0)


def _open_late(inside: Path, paths: Sequence[str], over: threading.Event) -> None:
    while not (inside / "running").exists():
        if over.wait(0.02):
            return
    with ExitStack() as stack:
        for path in paths:
            door = stack.enter_context(socket.socket(socket.AF_UNIX))
            door.bind(path)
            door.listen()
        (inside / "opened").touch()
        over.wait()


@contextmanager
def _sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"], stdin=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def _answered(udp: socket.socket) -> Iterator[None]:
    """Answer every datagram until an empty one of our own ends it."""
    thread = threading.Thread(target=_answer, args=(udp,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        udp.sendto(b"", udp.getsockname())
        thread.join(1.0)


def _answer(udp: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            data, sender = udp.recvfrom(64)
            if not data:
                return
            udp.sendto(b"reached", sender)
