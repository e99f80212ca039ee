"""Starts one program and leaves nothing of it alive.

Run by path (``python -I -S guardian.py CONTROL -- ARGV…``), standard library only, and
imported by ``system.process`` for the same ways of finding and ending processes.

The guardian is the subreaper of everything the program starts, so that a daemon which forked
twice, took its own session and cleared its environment is still found by its parents. It
ends the whole tree when the program ends, when it is told to, and when the process that
started it dies (the control socket closes), whichever comes first.

Control, towards the guardian: one byte per signal number. 9 ends the tree at once, 15 asks
every process to go, any other is passed to the program. From the guardian, lines:
``started PID``, ``refused ERRNO``, ``crowded`` (too many
processes), ``ended STATUS LEFT KILLED SURVIVORS`` (STATUS as of waitpid).
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Collection

PR_SET_CHILD_SUBREAPER = 36
ENDING_LIMIT_S = 5.0
"""How long we go on killing processes that keep coming before they are reported as survivors."""
PROCESS_LIMIT = 2000
"""A tree that grows beyond this is ended: it would take the machine with it."""
_COUNT_EVERY_MS = 50
LEAVING_S = 0.2
"""How long helpers of an ended program may take to notice that they are done."""
_RESTORED = tuple(
    signal.Signals[name]
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGPIPE", "SIGUSR1", "SIGUSR2")
)


def become_subreaper() -> str:
    """Make orphaned descendants children of this process; the reason where that cannot be."""
    if not sys.platform.startswith("linux"):
        return f"no subreaper on {sys.platform}"
    import ctypes  # telling who is alive starts without it

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        return f"prctl: {os.strerror(ctypes.get_errno())}"
    return ""


def parents() -> dict[int, int]:
    """Living process id -> parent id, newest process first; zombies are left out."""
    found: dict[int, int] = {}
    if not os.path.isdir("/proc/self"):  # noqa: PTH112 (pathlib costs 15 ms at start)
        return found
    for pid in sorted((int(name) for name in os.listdir("/proc") if name.isdigit()), reverse=True):  # noqa: PTH208
        fields = stat_fields(pid)
        if fields and fields[0] not in (b"Z", b"X"):
            found[pid] = int(fields[1])
    return found


def stat_fields(pid: int) -> list[bytes]:
    """The fields of ``/proc/PID/stat`` from the state on; empty where the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123
            return file.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def descendants(root: int) -> tuple[int, ...]:
    """Every living process below ``root`` by parent chain, without ``root``."""
    above = parents()
    below: dict[int, list[int]] = {}
    for pid, parent in above.items():
        below.setdefault(parent, []).append(pid)
    found: list[int] = []
    waiting = [root]
    while waiting:
        children = below.get(waiting.pop(), [])
        found.extend(children)
        waiting.extend(children)
    return tuple(found)


def send(pid: int, number: int) -> None:
    """Send a signal; a process that is gone or not ours to signal is left alone."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def send_to_each(pids: Collection[int], number: int) -> None:
    """Signal whole process groups first: one call reaches all of a fork bomb at one moment.

    A group lies within one session, and every program we start has a session of its own, so
    a group of one of ``pids`` holds nothing that is not below it.
    """
    groups = {int(fields[2]) for pid in pids if (fields := stat_fields(pid))}
    for group in groups - {0, 1, os.getpgrp()}:
        send(-group, number)
    for pid in pids:
        send(pid, number)


def freeze(find: Callable[[], tuple[int, ...]]) -> set[int]:
    """Stop every process that ``find`` finds until no new one appears: a fork bomb stands still."""
    stopped: set[int] = set()
    for _ in range(50):
        fresh = set(find()) - stopped
        if not fresh:
            break
        send_to_each(fresh, signal.SIGSTOP)
        stopped |= fresh
    return stopped


def end_all(find: Callable[[], tuple[int, ...]], alone: Callable[[], bool]) -> tuple[int, int]:
    """Kill whatever ``find`` finds until ``alone`` says that nothing is left: (killed, survivors).

    Finding nothing is no proof: a process that forks and leaves without end may be a new one
    each time it is looked for. ``alone`` reaps and knows for sure.
    """
    killed: set[int] = set()
    until = time.monotonic() + ENDING_LIMIT_S
    while time.monotonic() < until:
        frozen = freeze(find)
        send_to_each(frozen, signal.SIGKILL)
        killed |= frozen
        if alone():
            return len(killed), 0
        time.sleep(0.002 if frozen else 0)
    left = set(find())
    return len(killed - left), max(1, len(left))


class Guardian:
    """The program ``main`` and everything below this process."""

    def __init__(self, control: int, wakeup: int) -> None:
        self.control = control
        self.wakeup = wakeup
        self.main = 0
        self.status: int | None = None

    def reap(self) -> bool:
        """Reap what has ended; True where no child is left, and so no descendant either: every
        orphan among them is a child of this subreaper."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return True
            if pid == 0:
                return False
            if pid == self.main:
                self.status = status

    def say(self, text: str) -> None:
        try:
            os.write(self.control, text.encode() + b"\n")
        except (BrokenPipeError, ConnectionResetError):
            return  # whoever started us is gone; ending the tree is all that is left to do

    def start(self, argv: list[str]) -> bool:
        try:
            self.main = os.posix_spawnp(
                argv[0], argv, given_environment(), setsid=True, setsigdef=_RESTORED, setsigmask=()
            )
        except OSError as error:
            self.say(f"refused {error.errno}")
            return False
        self.say(f"started {self.main}")
        return True

    def watch(self) -> None:
        """Return when the program has ended or its tree must end."""
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        poll.register(self.wakeup, select.POLLIN)
        usual = _tasks_of_machine()
        while self.status is None:
            ready = {fd for fd, _ in poll.poll(_COUNT_EVERY_MS)}
            if self.wakeup in ready:
                os.read(self.wakeup, 4096)
            self.reap()
            if self.control in ready and not self.obey():
                return
            if _tasks_of_machine() > usual + PROCESS_LIMIT and len(self.below()) > PROCESS_LIMIT:
                self.say("crowded")
                return

    def obey(self) -> bool:
        """Carry out what was asked; False where the tree must end now."""
        try:
            asked = os.read(self.control, 64)
        except ConnectionResetError:
            return False
        if not asked or signal.SIGKILL in asked:
            return False
        for number in asked:
            self.pass_on(number)
        return True

    def pass_on(self, number: int) -> None:
        if self.status is not None:
            return
        if number != signal.SIGTERM:
            send(self.main, number)
            return
        for pid in self.below():
            send(pid, number)
            send(pid, signal.SIGCONT)  # a stopped process takes no signal but KILL

    def below(self) -> tuple[int, ...]:
        return descendants(os.getpid())

    def leave(self) -> int:
        """How many processes are still there a moment after the program ended."""
        until = time.monotonic() + LEAVING_S
        while not self.reap():
            if time.monotonic() > until:
                return max(1, len(self.below()))
            time.sleep(0.01)
        return 0

    def end(self) -> None:
        left = self.leave() if self.status is not None else 0
        killed, survivors = end_all(self.below, self.reap)
        status = -1 if self.status is None else self.status
        self.say(f"ended {status} {left} {killed} {survivors}")


def given_environment() -> dict[bytes, bytes]:
    """What we were started with: Python itself adds LC_CTYPE where the locale is plain C."""
    try:
        with open("/proc/self/environ", "rb") as file:  # noqa: PTH123
            pairs = (item.partition(b"=") for item in file.read().split(b"\0") if item)
            return {name: value for name, _, value in pairs}
    except FileNotFoundError:
        return dict(os.environb)


def _tasks_of_machine() -> int:
    """All processes and threads there are: cheap to ask, unlike the size of our tree."""
    try:
        with open("/proc/loadavg", "rb") as file:  # noqa: PTH123
            return int(file.read().split()[3].partition(b"/")[2])
    except FileNotFoundError:
        return 0


def _let_go_of_output() -> None:
    """Hold neither input nor output open: their ends belong to the program alone."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.chdir("/")


def main(arguments: list[str]) -> int:
    control = int(arguments[0])
    os.set_inheritable(control, False)
    become_subreaper()
    for number in _RESTORED:
        signal.signal(number, signal.SIG_IGN)
    wakeup, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    guardian = Guardian(control, wakeup)
    if not guardian.start(arguments[2:]):
        return 1
    _let_go_of_output()
    guardian.watch()
    guardian.end()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
