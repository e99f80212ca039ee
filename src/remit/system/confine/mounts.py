"""The file system as a confined program sees it, built of mounts in a namespace of its own.

Everything is read-only but what the plan names. ``/tmp``, ``/run``, ``/dev`` and ``/proc`` are
private, so that the sockets of docker, D-Bus, ssh-agent, tmux and the display are not there.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable

from remit.system.confine.kernel import (
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_REC,
    forbid_writing,
    mount,
    permit_writing,
    put_tree,
    take_tree,
)
from remit.system.confine.mirror import mirror, mirror_folders, nothing
from remit.system.confine.plan import Plan

_DEVICES = ("null", "zero", "full", "random", "urandom")
_DEVICE_LINKS = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}
_DEVICE_LINKS |= {"ptmx": "pts/ptmx"}
_OF_SYSTEMS = ("/run/current-system", "/run/booted-system", "/run/opengl-driver")
"""Where NixOS keeps its programs."""
_PRIVATE = ("/tmp", "/run", "/dev")  # noqa: S108 (the very place that is made private)


def lay_out(plan: Plan, listening: Iterable[str]) -> None:
    """Build the view, without the sockets at the paths ``listening``; must run as root of a fresh
    user and mount namespace."""
    mount("none", "/", MS_REC | MS_PRIVATE)
    kept, real = _kept(plan), _real(plan)
    trees = {place: take_tree(real.get(place, place)) for place in (*kept, *real)}
    empty = nothing()
    mirror_folders(empty)
    mount("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=755,size=64m")
    _make_devices()
    closed = _closed(plan, listening)
    mirrored = {place for place in kept if place not in real and not _is_within(place, plan.hidden)}
    for place in sorted(closed | trees.keys(), key=len):  # what lies within another comes later
        if place in closed:
            _hide(place)
        if place in trees:
            _make_place(place, trees[place])
            put_tree(trees[place], place)
        if place in mirrored:
            mirror(place, empty)
    os.close(empty)
    forbid_writing("/")
    covers = (cover.place for cover in plan.covers)
    for place in ("/tmp", "/dev/shm", "/dev/pts", *plan.opened, *plan.writable, *covers):  # noqa: S108
        permit_writing(place)
    os.chdir(plan.cwd)  # the old working directory lies beneath what was put over it


def own_processes() -> None:
    """Show only the processes of this namespace; must run as its first process.

    What steers the whole machine is read-only there: root keeps its rights over that in whatever
    namespace, and what a kernel starts for it (a handler of core dumps) starts outside of all.
    """
    mount("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    for place in _of_machine():
        put_tree(take_tree(place), place)
        forbid_writing(place)


def _of_machine() -> list[str]:
    """What of ``/proc`` belongs to no process and is a folder or a file that somebody may write."""
    with os.scandir("/proc") as entries:
        return [
            entry.path
            for entry in entries
            if not entry.name.isdigit()
            and not entry.is_symlink()
            and (entry.is_dir() or entry.stat().st_mode & 0o222)
        ]


def _kept(plan: Plan) -> list[str]:
    """What is shown and would vanish, because it lies below something private or hidden."""
    shown = (*plan.shown, *filter(os.path.isdir, _OF_SYSTEMS))
    return [place for place in shown if _is_within(place, (*_PRIVATE, *plan.hidden))]


def _real(plan: Plan) -> dict[str, str]:
    """What is no mirror, and what comes there: where the agent works, it sees at once what
    somebody else changes."""
    own = (plan.cwd, *plan.opened, *plan.protected, *plan.writable)
    covers = {cover.place: cover.source for cover in (*plan.covers, *plan.lent)}
    return {"/tmp": plan.temporary} | {place: place for place in own} | covers  # noqa: S108


def _closed(plan: Plan, listening: Iterable[str]) -> set[str]:
    """What is put out of reach. Our own socket lies within what is hidden, and stays."""
    return {*plan.hidden, *(path for path in listening if not _is_within(path, plan.hidden))}


def _is_within(path: str, places: Iterable[str]) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in places)


def _hide(place: str) -> None:
    """Put something empty over ``place``; what is gone already needs none."""
    try:
        is_directory = stat.S_ISDIR(os.lstat(place).st_mode)
    except OSError:
        return
    if is_directory:
        mount("tmpfs", place, MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=700,size=4m")
    else:
        put_tree(take_tree("/dev/null"), place)


def _make_devices() -> None:
    devices = {name: take_tree(f"/dev/{name}") for name in _DEVICES}
    mount("tmpfs", "/dev", MS_NOSUID | MS_NOEXEC, "mode=755,size=4m")
    for name, tree in devices.items():
        _make_file(f"/dev/{name}")
        put_tree(tree, f"/dev/{name}")
    for name, target in _DEVICE_LINKS.items():
        os.symlink(target, f"/dev/{name}")  # noqa: PTH211 (pathlib costs 15 ms at start)
    for name in ("shm", "pts"):
        os.mkdir(f"/dev/{name}")  # noqa: PTH102 (pathlib costs 15 ms at start)
    mount("tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777")  # noqa: S108
    mount("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620")


def _make_place(place: str, tree: int) -> None:
    """Something for ``tree`` to be put on, where private places have nothing there yet."""
    if os.path.lexists(place):
        return
    if stat.S_ISDIR(os.fstat(tree).st_mode):
        os.makedirs(place, exist_ok=True)  # noqa: PTH103
    else:
        os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120
        _make_file(place)


def _make_file(path: str) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))


def sockets() -> list[str]:
    """The paths of all sockets there are, in order. A read-only mount does not close them."""
    with open("/proc/net/unix", "rb") as file:  # noqa: PTH123
        lines = file.read().splitlines()[1:]
    paths = {line.split(b" ", 7)[-1] for line in lines if b" /" in line}
    return sorted(os.fsdecode(path) for path in paths if path.startswith(b"/"))
