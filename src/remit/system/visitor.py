"""Hears one command from a process that can be a person's, and from no other.

Who connected is not who speaks: a connection can be handed on, and a process that is gone lends
its id to another. So the visitor is looked at, told a word that nobody knew before, and looked at
again once it has repeated it; the kernel names the sender of every piece.
"""

from __future__ import annotations

import secrets
import socket
import struct
from dataclasses import dataclass

from remit.system.clock import monotonic_ns
from remit.system.peers import NotAPerson, Peer, require_person

_CRED = struct.Struct("3i")
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Heard:
    """One line, and who said it."""

    peer: Peer
    line: bytes


def hear(connection: socket.socket, agent: int, most: int, seconds: float) -> Heard:
    """The line of at most ``most`` bytes that the process at the other end says.

    NotAPerson where that can be the agent's (``agent`` is the process every process of the run
    descends from); OSError, TimeoutError or ValueError where it says nothing, or too much.
    """
    until_ns = monotonic_ns() + int(seconds * 1e9)
    connection.settimeout(seconds)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    peer = require_person(connection, agent)
    word = secrets.token_hex(16).encode()
    connection.sendall(word + b"\n")
    line = _line(connection, peer, most + len(word) + 1, until_ns)
    if not line.startswith(word + b" "):
        raise NotAPerson("what it said was not said to us")
    if require_person(connection, agent) != peer:
        raise NotAPerson("the process that asked changed while it was listened to")
    return Heard(peer, line[len(word) + 1 :])


def answer_word(greeting: bytes) -> bytes:
    """What a visitor puts before its line, from the line it is greeted with."""
    return greeting.strip() + b" "


def _line(connection: socket.socket, peer: Peer, most: int, until_ns: int) -> bytes:
    line = bytearray()
    while not line.endswith(b"\n"):
        left_ns = until_ns - monotonic_ns()
        if left_ns <= 0 or len(line) > most:
            raise ValueError("it went on for too long")
        connection.settimeout(left_ns / 1e9)
        data, notes, flags, _ = connection.recvmsg(_CHUNK, socket.CMSG_SPACE(_CRED.size))
        if not data:
            raise ValueError("it left without a word")
        _require_sender(notes, flags, peer)
        line += data
    return bytes(line)


def _require_sender(notes: list[tuple[int, int, bytes]], flags: int, peer: Peer) -> None:
    """Raise where somebody else than ``peer`` wrote this piece."""
    if flags & socket.MSG_CTRUNC:
        raise NotAPerson("it passed more than words")
    told = [
        data
        for level, kind, data in notes
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS)
    ]
    if len(told) != 1 or len(told[0]) != _CRED.size:
        raise NotAPerson("the kernel does not say who speaks")
    pid, uid, _ = _CRED.unpack(told[0])
    if (pid, uid) != (peer.identity.pid, peer.uid):
        raise NotAPerson("another process speaks than the one that connected")
