"""The kernel's interface for confinement. Standard library only: it runs before the agent does.

Numbers of system calls from 424 on are the same on every architecture.
"""

from __future__ import annotations

import ctypes
import os

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REC, MS_PRIVATE = 16384, 1 << 18

PR_SET_NO_NEW_PRIVS = 38
PR_CAPBSET_DROP = 24
CAP_SYS_ADMIN = 21
_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_OPEN_TREE_CLONE = 1
_MOVE_MOUNT_F_EMPTY_PATH = 4
_MOUNT_ATTR_RDONLY = 1

libc = ctypes.CDLL(None, use_errno=True)


def checked(result: int, what: str) -> int:
    """``result`` of a call; OSError naming ``what`` where it is negative."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(number: int, *arguments: object) -> int:
    """A system call that libc has no function for; -1 with ``errno`` on failure."""
    return int(libc.syscall(ctypes.c_long(number), *arguments))


def unshare(flags: int) -> None:
    checked(libc.unshare(flags), "unshare")


def unshare_as_same_user(flags: int) -> None:
    """Enter fresh namespaces, one of users among them, in which this user is who he was."""
    uid, gid = os.getuid(), os.getgid()  # afterwards nobody is anybody
    unshare(flags)
    _write("/proc/self/setgroups", "deny")
    map_users(os.getpid(), f"{uid} {uid} 1", f"{gid} {gid} 1")


def map_users(pid: int, uids: str, gids: str) -> None:
    """Say who the users and groups of the fresh namespace of ``pid`` are, a line per extent."""
    _write(f"/proc/{pid}/uid_map", uids)
    _write(f"/proc/{pid}/gid_map", gids)


def _write(path: str, text: str) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(number, text.encode())
    finally:
        os.close(number)


def mount(kind: str, target: str, flags: int, data: str = "") -> None:
    """Mount a fresh file system of ``kind`` at ``target``, or change how ``target`` propagates."""
    name = kind.encode()
    result = libc.mount(
        name, os.fsencode(target), name, ctypes.c_ulong(flags), data.encode() or None
    )
    checked(result, f"mount {kind} at {target}")


def take_tree(path: str) -> int:
    """A detached copy of the mounts from ``path`` down, as a descriptor; never follows on."""
    flags = _OPEN_TREE_CLONE | _AT_RECURSIVE | os.O_CLOEXEC
    number = syscall(_OPEN_TREE, _AT_FDCWD, os.fsencode(path), ctypes.c_uint(flags))
    return checked(number, f"take {path}")


def put_tree(tree: int, place: str) -> None:
    """Attach what :func:`take_tree` took at ``place`` and close it."""
    try:
        result = syscall(
            _MOVE_MOUNT,
            tree,
            b"",
            _AT_FDCWD,
            os.fsencode(place),
            ctypes.c_uint(_MOVE_MOUNT_F_EMPTY_PATH),
        )
        checked(result, f"put a tree at {place}")
    finally:
        os.close(tree)


class _MountAttr(ctypes.Structure):
    _fields_ = (
        ("attr_set", ctypes.c_uint64),
        ("attr_clr", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns_fd", ctypes.c_uint64),
    )


def forbid_writing(place: str) -> None:
    """Every mount from ``place`` down becomes read-only."""
    _set_mounts(place, _MountAttr(attr_set=_MOUNT_ATTR_RDONLY), _AT_RECURSIVE)


def permit_writing(place: str) -> None:
    """The mount at ``place`` may be written again; what is mounted below it stays as it is."""
    _set_mounts(place, _MountAttr(attr_clr=_MOUNT_ATTR_RDONLY), 0)


def _set_mounts(place: str, attributes: _MountAttr, flags: int) -> None:
    result = syscall(
        _MOUNT_SETATTR,
        _AT_FDCWD,
        os.fsencode(place),
        ctypes.c_uint(flags),
        ctypes.byref(attributes),
        ctypes.c_size_t(ctypes.sizeof(attributes)),
    )
    checked(result, f"set the mounts at {place}")


def forbid_new_privileges() -> None:
    """No program started from here on gains rights from its file (set-uid, capabilities)."""
    checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def lose_capability(number: int) -> None:
    """Programs started from here on do not have the capability ``number``."""
    checked(libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0), "prctl")


def drop_capabilities(kept: frozenset[int]) -> None:
    """Programs started from here on have at most the capabilities ``kept``."""
    for number in range(64):
        if number not in kept and libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0:
            return  # beyond the last capability of this kernel
