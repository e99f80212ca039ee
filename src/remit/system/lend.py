"""Runs a program that sees directories lent to it without being able to change them.

Run by path (``python -I -S lend.py MODE [SOURCE PLACE WORK]… -- ARGV…``), standard library
only. In a mount namespace of its own each SOURCE appears at PLACE: with MODE ``overlay``
what is written there ends in WORK, with ``read-only`` nothing can be written. Exits 125
where the system does not let us; otherwise it becomes ARGV.
"""

from __future__ import annotations

import ctypes
import os
import sys

CANNOT_LEND = 125
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE, MS_RELATIME = (
    1,
    32,
    4096,
    16384,
    1 << 18,
    1 << 21,
)
CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
PR_CAPBSET_DROP, CAP_SYS_ADMIN = 24, 21
_KEPT_FLAGS = 2 | 4 | 8 | 1024 | 2048
"""nosuid, nodev, noexec, noatime, nodiratime: a namespace may not lift what its parent set."""
_ST_RELATIME = 4096
_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(source: str, target: str, kind: str, flags: int, data: str) -> None:
    words = [os.fsencode(word) or None for word in (source, target, kind, data)]
    result = _libc.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3])
    _checked(result, f"mount {target}")


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:  # noqa: PTH123 (pathlib costs 15 ms)
        file.write(text)


def enter_namespace() -> bool:
    """Take a mount namespace of our own; True where a user namespace was needed for it."""
    if os.geteuid() == 0 and _libc.unshare(CLONE_NEWNS) == 0:
        _mount("none", "/", "", MS_REC | MS_PRIVATE, "")
        return False
    uid, gid = os.getuid(), os.getgid()
    _checked(_libc.unshare(CLONE_NEWNS | CLONE_NEWUSER), "unshare")
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{uid} {uid} 1")
    _write("/proc/self/gid_map", f"{gid} {gid} 1")
    _mount("none", "/", "", MS_REC | MS_PRIVATE, "")
    return True


def overlay(source: str, place: str, work: str, nested: bool) -> None:
    if any(character in part for part in (source, work) for character in ":,\\"):
        raise OSError(22, f"the path {source} cannot be named in an overlay")
    for name in ("upper", "inner"):
        os.makedirs(f"{work}/{name}", exist_ok=True)  # noqa: PTH103
    data = f"lowerdir={source},upperdir={work}/upper,workdir={work}/inner"
    _mount("overlay", place, "overlay", 0, data + (",userxattr" if nested else ""))


def read_only(source: str, place: str) -> None:
    _mount(source, place, "", MS_BIND | MS_REC, "")
    state = os.statvfs(source).f_flag
    kept = state & _KEPT_FLAGS | (MS_RELATIME if state & _ST_RELATIME else 0)
    _mount("none", place, "", MS_BIND | MS_REMOUNT | MS_RDONLY | kept, "")


def lend(mode: str, places: list[str]) -> None:
    nested = enter_namespace()
    for source, place, work in zip(places[::3], places[1::3], places[2::3], strict=True):
        if mode == "overlay":
            overlay(source, place, work, nested)
        else:
            read_only(source, place)
    if not nested:
        # Root keeps its other powers: a check that needs root behaves as it always does.
        _checked(_libc.prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0), "prctl")


def main(arguments: list[str]) -> None:
    cut = arguments.index("--")
    try:
        lend(arguments[0], arguments[1:cut])
    except OSError as error:
        sys.stderr.write(f"remit: cannot lend: {error}\n")
        sys.exit(CANNOT_LEND)
    os.execvp(arguments[cut + 1], arguments[cut + 1 :])  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
