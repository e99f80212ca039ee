"""Starts a program through :mod:`remit.system.confine.enter` and hears how that went."""

from __future__ import annotations

import array
import secrets
import select
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from remit.errors import RemitError
from remit.system.confine.plan import Plan
from remit.system.isolated import isolated

_LIMIT_S = 20.0
_MAX_PORTS = 64


class CannotConfine(RemitError):
    """The kernel refused a step; the program was not started."""

    def __init__(self, why: str) -> None:
        remedy = "nothing was started; SECURITY.md says what confinement needs"
        super().__init__(f"the agent cannot be confined ({why})", remedy)


def entering(plan: Plan, folder: Path, channel: int | None = None) -> tuple[str, ...]:
    """The words to put before an argv. ``folder`` is private and takes the plan's file;
    ``channel`` is a descriptor that the program inherits."""
    file = folder / f"confine-{secrets.token_hex(4)}.json"
    file.write_bytes(plan.to_json())
    told = "-" if channel is None else str(channel)
    return (*isolated("remit.system.confine.enter"), str(file), told, "--")


class Entrance:
    """The supervisor's end while a program is being confined."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.channel = self._theirs.fileno()
        self.words = entering(plan, folder, self.channel)

    def admitted(self) -> tuple[socket.socket, ...]:
        """Wait until the program is confined: the sockets that listen in its namespace.

        Raises :class:`CannotConfine`; bounded in time.
        """
        self._theirs.close()
        text, descriptors = self._message()
        doors = tuple(socket.socket(fileno=number) for number in descriptors)
        if text == "ready":
            return doors
        for door in doors:
            door.close()
        raise CannotConfine(text.removeprefix("failed ") or "it ended without a word")

    def _message(self) -> tuple[str, Sequence[int]]:
        until = time.monotonic() + _LIMIT_S
        poll = select.poll()
        poll.register(self._ours, select.POLLIN)
        if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
            return f"it took more than {_LIMIT_S:.0f} s", ()
        numbers = array.array("i")
        size = socket.CMSG_LEN(_MAX_PORTS * numbers.itemsize)
        try:
            data, ancillary, _, _ = self._ours.recvmsg(8192, size)
        except OSError as error:
            return str(error), ()
        for level, kind, content in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                numbers.frombytes(content[: len(content) - len(content) % numbers.itemsize])
        return data.decode(errors="replace"), numbers

    def close(self) -> None:
        self._ours.close()
        self._theirs.close()
