"""Whether a process at the other end of a Unix socket can be a person's, as the kernel tells it.

It must be of our user and alive, neither in the run's process tree nor below this supervisor,
without any run's mark, and outside the sessions, control group and namespaces of the agent.
What this cannot see is a helper outside the tree that does the agent's bidding (a multiplexer, a
container service): that is why it suffices for the low risk class alone.
"""

from __future__ import annotations

import os
import select
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from remit.errors import RemitError
from remit.system.guardian import stat_fields
from remit.system.reaper import MARK, ProcessIdentity, descendants, marked, process_identity

_PEERPIDFD = 77
_CRED = struct.Struct("3i")
_MOST_ANCESTORS = 100
_NAMESPACES = ("pid", "user")
_REMEDY = "answer at the terminal of the run, or from a terminal of your own"


class NotAPerson(RemitError):
    """The process that asks is, or may be, the agent's."""

    def __init__(self, why: str) -> None:
        super().__init__(f"only a person decides: {why}", _REMEDY)


@dataclass(frozen=True, slots=True)
class Peer:
    """A process that may be a person's, with the programs it was started from."""

    identity: ProcessIdentity
    uid: int
    programs: tuple[str, ...]


def require_person(connection: socket.socket, agent: int) -> Peer:
    """The process that connected, where it can be a person's; raises NotAPerson. ``agent`` is the
    process every process of the run descends from. Seen twice, because ids are used again."""
    pid, uid = _credentials(connection)
    handle = _pidfd(connection)
    try:
        first = _examined(pid, uid, agent)
        again = _examined(pid, uid, agent)
        if first != again or _is_gone(handle, pid):
            raise NotAPerson("the process that asked changed while it was looked at")
    finally:
        if handle >= 0:
            os.close(handle)
    return first


def require_person_here(supervisors: Sequence[int], mark: str) -> Peer:
    """This very process, where it can be a person's; raises NotAPerson. ``supervisors`` are those
    of all runs that are on: what they started is an agent's. ``mark`` is of the run to be
    answered, of which nothing may be alive."""
    if marked(mark):
        raise NotAPerson("a process of that run is still alive")
    pid, uid = os.getpid(), os.geteuid()
    first = _examined_here(pid, uid, supervisors)
    if first != _examined_here(pid, uid, supervisors):
        raise NotAPerson("this process changed while it was looked at")
    return first


def _examined_here(pid: int, uid: int, supervisors: Sequence[int]) -> Peer:
    identity = process_identity(pid)
    if identity is None:
        raise NotAPerson("this process cannot be looked at")
    chain = _ancestry(pid)
    if set(supervisors) & set(chain):
        raise NotAPerson("this is a process of a run")
    for one in chain:
        if _carries_mark(one, required=one == pid):
            raise NotAPerson("this is a process that an agent's run started")
    theirs = {_session(one) for above in supervisors for one in descendants(above)}
    if _session(pid) in theirs - {_session(above) for above in supervisors}:
        raise NotAPerson("this is a session of a run")
    return Peer(identity, uid, tuple(_program(one) for one in chain))


def _credentials(connection: socket.socket) -> tuple[int, int]:
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CRED.size)
    pid, uid, _ = _CRED.unpack(raw)
    if pid <= 0:
        raise NotAPerson("the process that asked is in a process space of its own")
    if uid != os.geteuid():
        raise NotAPerson(f"the process that asked belongs to user {uid}")
    return pid, uid


def _pidfd(connection: socket.socket) -> int:
    """A handle on the very process that connected; -1 where the kernel gives none."""
    try:
        return connection.getsockopt(socket.SOL_SOCKET, _PEERPIDFD)
    except OSError:
        return -1


def _is_gone(handle: int, pid: int) -> bool:
    if handle < 0:
        return False  # told apart by its start time alone
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    shown = Path(f"/proc/self/fdinfo/{handle}").read_text("ascii", "replace")
    return bool(poll.poll(0)) or f"Pid:\t{pid}\n" not in shown


def _examined(pid: int, uid: int, agent: int) -> Peer:
    identity = process_identity(pid)
    if identity is None:
        raise NotAPerson("the process that asked is gone")
    chain = _ancestry(pid)
    if os.getpid() in chain or agent in chain:
        raise NotAPerson("the request comes from a process of the run")
    for one in chain:
        if _carries_mark(one, required=one == pid):
            raise NotAPerson("the request comes from a process that an agent's run started")
    if _session(pid) in {_session(member) for member in (agent, *descendants(agent))}:
        raise NotAPerson("the request comes from a session of the run")
    _outside_places(pid, agent)
    return Peer(identity, uid, tuple(_program(one) for one in chain))


def _ancestry(pid: int) -> tuple[int, ...]:
    """``pid`` and its parents up to the first process."""
    chain: list[int] = []
    while pid > 1 and len(chain) < _MOST_ANCESTORS:
        chain.append(pid)
        fields = stat_fields(pid)
        if not fields:
            raise NotAPerson("a process above the one that asked is gone")
        pid = int(fields[1])
    return tuple(chain)


def _carries_mark(pid: int, *, required: bool) -> bool:
    """Whether the process inherited the mark of any run. What cannot be read belongs to the system
    (a login service), unless it is the process that asks: then it hides something."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return required
    return any(entry.startswith(f"{MARK}=".encode()) for entry in environment.split(b"\0"))


def _session(pid: int) -> int:
    fields = stat_fields(pid)
    return int(fields[3]) if fields else -pid


def _outside_places(pid: int, agent: int) -> None:
    for name in _NAMESPACES:
        try:
            if _namespace(pid, name) != _namespace(os.getpid(), name):
                raise NotAPerson(f"the process that asked is in another {name} namespace")
        except OSError:
            raise NotAPerson("where the process that asked runs cannot be read") from None
    group = _cgroup(agent)
    if group and group != _cgroup(os.getpid()) and f"{_cgroup(pid)}/".startswith(f"{group}/"):
        raise NotAPerson("the request comes from the control group of the run")


def _namespace(pid: int, name: str) -> str:
    return os.readlink(f"/proc/{pid}/ns/{name}")  # noqa: PTH115 (no path: a name of the kernel's)


def _cgroup(pid: int) -> str:
    try:
        lines = Path(f"/proc/{pid}/cgroup").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return next((line.partition("::")[2] for line in lines if line.startswith("0::")), "")


def _program(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text("utf-8", "replace").strip()
    except OSError:
        return "?"
