"""Becomes a program that is confined as a plan says.

``python -I -S -c "…main()" PLAN CHANNEL -- ARGV…``, standard library only. ``PLAN`` is a file;
``CHANNEL`` is a socket to the supervisor, or ``-``. What happened is told there in one message:
``ready``, with the listening sockets of the plan's ports where there are namespaces, or
``failed`` and why. A program that could not be confined is not started.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import signal
import socket
import struct
from typing import NoReturn

from remit.system.confine import landlock
from remit.system.confine.kernel import (
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    drop_capabilities,
    forbid_new_privileges,
    map_users,
    unshare,
    unshare_as_same_user,
)
from remit.system.confine.mounts import lay_out, own_processes, sockets
from remit.system.confine.plan import Means, Plan
from remit.system.confine.syscalls import forbid_calls
from remit.system.guardian import given_environment

CANNOT_CONFINE = 125
_BACKLOG = 128
_CHOWN, _DAC_OVERRIDE, _FOWNER, _FSETID, _KILL, _SETGID, _SETUID = 0, 1, 3, 4, 5, 6, 7
_OF_ROOT = frozenset({_CHOWN, _DAC_OVERRIDE, _FOWNER, _FSETID, _KILL, _SETGID, _SETUID})
"""What root keeps, over files that may be written anyway: tools run as root count on it."""
_PASSED_ON = (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1


def main(arguments: list[str]) -> None:
    """Never returns: ends as the program ends."""
    channel = None if arguments[1] == "-" else socket.socket(fileno=int(arguments[1]))
    argv = arguments[3:]
    try:
        with open(arguments[0], "rb") as file:  # noqa: PTH123 (pathlib costs 15 ms at start)
            plan = Plan.from_json(file.read())
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if plan.means is Means.NAMESPACES:
            _in_namespaces(plan, channel, argv)
        _by_landlock(plan)
        _tell(channel, "ready")
        _become(argv)
    except (OSError, ValueError, KeyError, TypeError) as error:
        _refuse(channel, str(error))


def _refuse(channel: socket.socket | None, why: str) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more: it is told below as well
        _tell(channel, f"failed {why}")
    os.write(2, f"remit: cannot confine: {why}\n".encode(errors="replace"))
    os._exit(CANNOT_CONFINE)


def _tell(
    channel: socket.socket | None, text: str, sockets: tuple[socket.socket, ...] = ()
) -> None:
    if channel is None:
        return
    numbers = struct.pack(f"{len(sockets)}i", *(one.fileno() for one in sockets))
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, numbers)] if numbers else []
    channel.sendmsg([text.encode(errors="replace")[:4096]], rights)
    channel.close()


def _become(argv: list[str]) -> None:
    os.closerange(3, 65536)
    try:
        os.execvpe(argv[0], argv, given_environment())  # noqa: S606
    except OSError as error:
        os.write(2, f"remit: cannot start {argv[0]}: {error.strerror}\n".encode())
        os._exit(127 if isinstance(error, FileNotFoundError) else 126)


# Landlock alone


def _by_landlock(plan: Plan) -> None:
    os.chdir(plan.cwd)
    rules = landlock.Ruleset(holds_tcp=not plan.shares_network)
    landlock.allow_reading(rules, plan.hidden, plan.shown)
    _allow_writing(rules, plan)
    if not plan.shares_network:
        rules.allow_ports(plan.ports)
    if os.geteuid() == 0:  # root may read the memory of others, and with it our environment
        drop_capabilities(_OF_ROOT)
    forbid_new_privileges()
    rules.enforce()
    forbid_calls(holds_network=not plan.shares_network)


def _allow_writing(rules: landlock.Ruleset, plan: Plan) -> None:
    rights = landlock.READ | landlock.writing_rights(landlock.abi())
    for place in (*plan.writable, plan.temporary):
        rules.allow(place, rights)
    for name in ("null", "zero", "full", "random", "urandom"):
        rules.allow(f"/dev/{name}", landlock.READ_FILE | landlock.WRITE_FILE)
    rules.allow("/dev/shm", rights)  # noqa: S108


# Namespaces


def _in_namespaces(plan: Plan, channel: socket.socket | None, argv: list[str]) -> None:
    """This process stays outside of the new process namespace, as what our parent waits for."""
    listening = sockets()  # a network of our own shows only its own
    own_namespaces(0 if plan.shares_network else CLONE_NEWNET)
    doors = () if plan.shares_network else _own_loopback(plan.ports)
    lay_out(plan, listening)
    reading, writing = os.pipe()
    first = os.fork()
    if first == 0:
        os.close(reading)
        _be_first(plan, channel, doors, argv, writing)
    os.close(writing)
    if channel is not None:
        channel.close()
    for door in doors:
        door.close()
    _end_like(_pass_on_until_told(first, reading))


def own_namespaces(further: int) -> None:
    """Enter fresh namespaces in which every user is who he was."""
    flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | further
    if os.geteuid() == 0:
        _unshare_as_root(flags)
        return
    unshare_as_same_user(flags)


def _unshare_as_root(flags: int) -> None:
    """Only somebody outside may map more users than one: a helper that stays there."""
    extents = _extents("uid"), _extents("gid")
    asked, asking = os.pipe()
    helper = os.fork()
    if helper == 0:
        os.close(asking)  # the helper is to notice when nobody can ask any more
        _map_when_asked(asked, *extents)
    os.close(asked)
    try:
        unshare(flags)
        os.write(asking, b"x")
    finally:
        os.close(asking)
        status = os.waitpid(helper, 0)[1]
    if status != 0:
        raise OSError("the users of the namespace could not be mapped")


def _map_when_asked(asked: int, uids: str, gids: str) -> NoReturn:
    try:
        if os.read(asked, 1):
            map_users(os.getppid(), uids, gids)
            os._exit(0)
    finally:
        os._exit(1)


def _extents(kind: str) -> str:
    """Every user or group there is in our own namespace, mapped to itself."""
    with open(f"/proc/self/{kind}_map", "rb") as file:  # noqa: PTH123
        lines = [line.split() for line in file.read().decode().splitlines()]
    return "\n".join(f"{inside} {inside} {count}" for inside, _, count in lines)


def _own_loopback(ports: tuple[int, ...]) -> tuple[socket.socket, ...]:
    """Sockets that listen on ``ports`` of this namespace, from wherever they are accepted."""
    _raise_loopback()
    return tuple(_listen(port) for port in ports)


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack_from("16xh", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request))[0]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.bind(("127.0.0.1", port))
    listening.listen(_BACKLOG)
    return listening


def _pass_on_until_told(first: int, reading: int) -> int:
    """Pass signals to the namespace until its program has ended; the status it ended with."""
    for number in _PASSED_ON:
        signal.signal(number, lambda got, _: os.kill(first, got))
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # whoever sends it sends it to each of us
    with open(reading, "rb") as pipe:
        told = pipe.read()
    if told:
        return int(told)
    return os.waitpid(first, 0)[1] or CANNOT_CONFINE << 8


def _end_like(status: int) -> None:
    if not os.WIFSIGNALED(status):
        os._exit(os.waitstatus_to_exitcode(status))
    number = os.WTERMSIG(status)
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(128 + number)


def _be_first(
    plan: Plan,
    channel: socket.socket | None,
    doors: tuple[socket.socket, ...],
    argv: list[str],
    writing: int,
) -> None:
    """Be the first process of the namespace: confine it, start the program, reap what it leaves.
    The kernel ends everything in the namespace when this process ends."""
    try:
        own_processes()
        _hold_within(plan)
        _tell(channel, "ready", doors)
    except OSError as error:
        _refuse(channel, str(error))
    for door in doors:
        door.close()
    main_program = os.fork()
    if main_program == 0:
        _become(argv)
    for number in _PASSED_ON:
        signal.signal(number, lambda got, _: _send(main_program, got))
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        try:
            pid, status = os.wait()
        except ChildProcessError:
            os._exit(0)
        if pid == main_program:
            os.write(writing, str(status).encode())
            os.close(writing)


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # it ended as the signal came
        os.kill(pid, number)


def _hold_within(plan: Plan) -> None:
    """Landlock within the namespaces: nothing can be mounted or traced out of them."""
    if os.geteuid() == 0:
        drop_capabilities(_OF_ROOT)
    forbid_new_privileges()
    forbid_calls(holds_network=False)
    if landlock.abi() == 0:
        return
    rules = landlock.Ruleset(holds_tcp=False)
    rules.allow("/", landlock.READ)
    rights = landlock.READ | landlock.writing_rights(landlock.abi())
    for place in ("/tmp", "/dev", *plan.writable, *(cover.place for cover in plan.covers)):  # noqa: S108
        rules.allow(place, rights | landlock.IOCTL_DEV)
    rules.allow("/proc", landlock.WRITE_FILE | landlock.TRUNCATE)
    rules.enforce()
