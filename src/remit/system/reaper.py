"""Finding processes by what they are and by whose they are, and ending them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from remit.system.guardian import (
    become_subreaper,
    descendants,
    end_all,
    parents,
    stat_fields,
)

__all__ = [
    "ProcessIdentity",
    "become_subreaper",
    "descendants",
    "is_alive",
    "kill_run",
    "marked",
    "process_identity",
]

MARK = "REMIT_MARK"
"""Environment variable that every process of a run inherits, unless it clears its environment."""

_ENVIRONMENT_LIMIT = 4 * 1024 * 1024
_START_TIME = 19
"""Field 22 of ``/proc/PID/stat``, counted from the state."""


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A process, told apart from a later one with the same id. ``start`` is in clock ticks since
    the boot named by ``boot``."""

    pid: int
    start: int
    boot: str


def process_identity(pid: int) -> ProcessIdentity | None:
    """Who ``pid`` is now; None where it is gone or only waits to be reaped."""
    fields = stat_fields(pid)
    if not fields or fields[0] in (b"Z", b"X"):
        return None
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return ProcessIdentity(pid, int(fields[_START_TIME]), boot)


def is_alive(identity: ProcessIdentity) -> bool:
    """Whether this very process still runs."""
    return process_identity(identity.pid) == identity


def marked(mark: str) -> tuple[int, ...]:
    """Living processes that carry ``mark`` in their environment, ourselves left out."""
    wanted = f"{MARK}={mark}".encode()
    mine = os.getpid()
    return tuple(pid for pid in parents() if pid != mine and wanted in _environment(pid))


def _environment(pid: int) -> frozenset[bytes]:
    try:
        with Path(f"/proc/{pid}/environ").open("rb") as file:
            return frozenset(file.read(_ENVIRONMENT_LIMIT).split(b"\0"))
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return frozenset()


def run_members(mark: str) -> tuple[int, ...]:
    """Marked processes and everything below them, ourselves and our parents left out."""
    spared = _ancestry(os.getpid())
    members = set(marked(mark))
    for pid in tuple(members):
        members.update(descendants(pid))
    return tuple(members - spared)


def kill_run(mark: str) -> int:
    """End every process that carries ``mark`` and all below them; how many were killed."""
    if not mark:
        return 0
    killed, _survivors = end_all(lambda: run_members(mark), lambda: not run_members(mark))
    return killed


def kill_adopted(since: ProcessIdentity, spared: frozenset[int]) -> int:
    """End orphans that became our children because their guardian was killed.

    They are told apart from children of our own making by their session: the guardian's
    program gets a new one, and a process cannot come back into ours.
    """
    mine = os.getpid()
    session = os.getsid(0)
    seen: set[int] = set()

    def adopted() -> tuple[int, ...]:
        roots = [
            pid
            for pid, parent in parents().items()
            if parent == mine and pid not in spared and _is_foreign(pid, session, since)
        ]
        seen.update(roots)
        return tuple({pid for root in roots for pid in (root, *descendants(root))})

    def alone() -> bool:
        _reap(seen)
        return not adopted()

    killed, _survivors = end_all(adopted, alone)
    return killed


def _is_foreign(pid: int, session: int, since: ProcessIdentity) -> bool:
    fields = stat_fields(pid)
    return bool(fields) and int(fields[3]) != session and int(fields[_START_TIME]) >= since.start


def _reap(pids: set[int]) -> None:
    for pid in pids:
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            continue


def _ancestry(pid: int) -> frozenset[int]:
    above = parents()
    found = {pid}
    while (pid := above.get(pid, 0)) > 1:
        found.add(pid)
    return frozenset(found)
