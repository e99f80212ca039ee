"""Landlock: an allow-list of what may be done beneath which files, and of TCP ports.

See https://docs.kernel.org/userspace-api/landlock.html. Rights a kernel does not know are left
out, so that a ruleset holds everything that the running kernel can hold.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterable

from remit.system.confine.kernel import checked, syscall

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_PATH_BENEATH, _NET_PORT = 1, 2

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_CHAR, _MAKE_BLOCK = 1 << 6, 1 << 11
_REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
CONNECT_TCP = 1 << 1
_ALL_SCOPES = 3
"""Abstract sockets and signals, both only within the confined processes."""
_LAST_RIGHT = {1: _MAKE_BLOCK << 1, 2: _REFER, 3: TRUNCATE, 4: TRUNCATE, 5: IOCTL_DEV}
_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV

READ = EXECUTE | READ_FILE | READ_DIR


class _RulesetAttr(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


class _NetPort(ctypes.Structure):
    _fields_ = (("allowed_access", ctypes.c_uint64), ("port", ctypes.c_uint64))


def abi() -> int:
    """The version of Landlock the running kernel has; 0 where it has none."""
    return max(0, syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION)))


def all_rights(version: int) -> int:
    """Every right over files that Landlock of ``version`` knows."""
    return (_LAST_RIGHT.get(version, IOCTL_DEV) << 1) - 1


def writing_rights(version: int) -> int:
    """Everything but making devices: what a tool may do where it may write."""
    return all_rights(version) & ~(_MAKE_CHAR | _MAKE_BLOCK | IOCTL_DEV)


class Ruleset:
    """Rules gathered before :meth:`enforce`. What no rule allows is refused."""

    def __init__(self, *, holds_tcp: bool) -> None:
        self._version = abi()
        self._rights = all_rights(self._version)
        attributes = _RulesetAttr(handled_access_fs=self._rights)
        size = 8
        if self._version >= 4:
            size = 16
            attributes.handled_access_net = CONNECT_TCP if holds_tcp else 0
        if self._version >= 6:
            size, attributes.scoped = 24, _ALL_SCOPES
        number = syscall(
            _CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), ctypes.c_uint(0)
        )
        self._descriptor = checked(number, "landlock_create_ruleset")

    def allow(self, path: str, rights: int) -> None:
        """Allow ``rights`` at ``path`` and beneath it; a path that is gone needs no rule."""
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            if not stat.S_ISDIR(os.fstat(place).st_mode):
                rights &= _OF_FILES
            rule = _PathBeneath(rights & self._rights, place)
            self._add(_PATH_BENEATH, ctypes.byref(rule), path)
        finally:
            os.close(place)

    def allow_ports(self, ports: Iterable[int]) -> None:
        """Allow TCP connections to ``ports``, to whatever address."""
        for port in ports:
            rule = _NetPort(CONNECT_TCP, port)
            self._add(_NET_PORT, ctypes.byref(rule), f"port {port}")

    def _add(self, kind: int, rule: object, what: str) -> None:
        result = syscall(_ADD_RULE, self._descriptor, ctypes.c_int(kind), rule, ctypes.c_uint(0))
        checked(result, f"landlock_add_rule for {what}")

    def enforce(self) -> None:
        """Hold this process and all it starts to the rules, for ever."""
        result = syscall(_RESTRICT_SELF, self._descriptor, ctypes.c_uint(0))
        checked(result, "landlock_restrict_self")
        os.close(self._descriptor)


def allow_reading(rules: Ruleset, hidden: Iterable[str], shown: Iterable[str]) -> None:
    """Allow reading everywhere but in ``hidden``. An allow-list has no exceptions, so what lies
    beside something hidden is allowed one by one; names may be listed everywhere."""
    closed = frozenset(hidden)
    above = {parent for path in closed for parent in _parents(path)}
    rules.allow("/", READ_DIR)
    waiting = ["/"]
    while waiting:
        folder = waiting.pop()
        for path in _entries(folder):
            if path in above:
                waiting.append(path)
            elif path not in closed:
                rules.allow(path, READ)
    for path in shown:
        if not closed.isdisjoint(
            (path, *_parents(path))
        ):  # elsewhere it is readable but for what is hidden
            rules.allow(path, READ)


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) or "/" for count in range(1, len(parts))]


def _entries(folder: str) -> list[str]:
    """What lies in ``folder``; links are left out, for what they lead to has a place of its own."""
    try:
        with os.scandir(folder) as entries:
            return [entry.path for entry in entries if not entry.is_symlink()]
    except OSError:
        return []
