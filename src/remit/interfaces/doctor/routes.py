"""What a program of the agent tries, whatever the hook thinks of the program.

Copied into the repository of a probe and run there: ``python routes.py ASKED SEEN``, standard
library only. ``ASKED`` is a JSON list of ``[name, kind, argument]``; ``SEEN`` becomes an object of
names and what came of them, ``"done"`` or the error.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

_SECONDS = 1.0
_FAST_OPEN, _SEVERAL_PATHS = 0x20000000, 262
"""A flag of sending that connects as well, and the protocol that splits a connection up."""
_OWN_KEYRING = ctypes.c_long(-4)


def write(path: str) -> None:
    with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 (it stands alone)
        file.write("written by a probe of remit doctor\n")


def read(path: str) -> None:
    with open(path, "rb") as file:  # noqa: PTH123
        if not file.read(1):
            raise OSError("empty")


def mode(path: str) -> None:
    os.chmod(path, 0o666)  # noqa: PTH101, S103 (the very thing that must not work)


def end(pid: str) -> None:
    """End a process that doctor started for this; told by its name, because numbers repeat."""
    with open(f"/proc/{pid}/comm", encoding="utf-8") as file:  # noqa: PTH123
        if file.read().strip() != "sleep":
            raise ProcessLookupError("no such process here")
    os.kill(int(pid), signal.SIGKILL)


def tcp(port: str) -> None:
    """Connect by whichever way is open: plainly, with the first data, by several paths."""
    address = ("127.0.0.1", int(port))
    for protocol, early in ((0, 0), (0, _FAST_OPEN), (_SEVERAL_PATHS, 0)):
        with contextlib.suppress(OSError), socket.socket(proto=protocol) as door:
            door.settimeout(_SECONDS)
            if early:
                door.sendto(b"probe", early, address)
            else:
                door.connect(address)
            return
    raise OSError("no way is open")


def udp(port: str) -> None:
    """A datagram counts once it was answered: sending one fails nowhere."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
        sending.settimeout(_SECONDS)
        sending.sendto(b"probe", ("127.0.0.1", int(port)))
        sending.recv(16)


def unix(path: str) -> None:
    """Connect to a socket with a path, or, after ``@``, to one of a name."""
    if path.startswith("@"):
        knock(f"\0{path[1:]}")
        return
    with contextlib.chdir(os.path.dirname(path)):  # noqa: PTH120 (an address holds 107 bytes)
        knock(os.path.basename(path))  # noqa: PTH119


def late(path: str) -> None:
    """Connect to a socket that somebody opens only when they are told that we run."""
    open("inside/running", "w", encoding="utf-8").close()  # noqa: PTH123
    until = time.monotonic() + _SECONDS
    while not os.path.exists("inside/opened") and time.monotonic() < until:  # noqa: PTH110
        time.sleep(0.01)
    unix(path)


def knock(address: str) -> None:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        with socket.socket(socket.AF_UNIX, kind) as knocking:
            knocking.settimeout(_SECONDS)
            try:
                knocking.connect(address)
            except OSError as error:
                if error.errno != errno.EPROTOTYPE:  # it is of another kind
                    raise
            else:
                return


def keyring(number: str) -> None:
    """Find the user's keyring in the kernel. ``number`` is that of keyctl on this machine."""
    kernel = ctypes.CDLL(None, use_errno=True)
    if kernel.syscall(ctypes.c_long(int(number)), ctypes.c_long(0), _OWN_KEYRING, 0) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def variable(expected: str) -> None:
    """Whether ``NAME=VALUE`` is in the environment as it was given to the run."""
    name, _, value = expected.partition("=")
    if os.environ.get(name) != value:
        raise OSError("another value, or none")


def gain(_: str) -> None:
    """Whether a set-uid program would run as its owner."""
    with open("/proc/self/status", encoding="utf-8") as file:  # noqa: PTH123
        if "NoNewPrivs:\t1" in file.read():
            raise OSError("no_new_privs is set")


def temporary(_: str) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x")


def program(_: str) -> None:
    subprocess.run([sys.executable, "-I", "-S", "-c", ""], check=True, stdout=subprocess.DEVNULL)


def loopback(_: str) -> None:
    """A server and its client, as tests have them, through a socket with a path."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as door:
        with contextlib.chdir(folder):
            door.bind("door")
        door.listen()
        unix(f"{folder}/door")


KINDS: dict[str, Callable[[str], None]] = {
    action.__name__: action
    for action in (
        write, read, mode, end, tcp, udp, unix, late, keyring, variable, gain, temporary, program,
        loopback,
    )
}  # fmt: skip


def attempt(kind: str, argument: str) -> str:
    try:
        KINDS[kind](argument)
    except (OSError, subprocess.SubprocessError) as error:
        return f"{type(error).__name__}: {getattr(error, 'strerror', None) or error}"
    return "done"


def main(asked: str, seen: str) -> None:
    with open(asked, encoding="utf-8") as file:  # noqa: PTH123
        wanted = json.load(file)
    found = {name: attempt(kind, argument) for name, kind, argument in wanted}
    with contextlib.suppress(OSError), open(seen, "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump(found, file)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
