"""Reads the facts that decide how far an agent can be held on this machine."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from remit.model.machine import Machine
from remit.system.confine.ability import Ability
from remit.system.confine.mounts import sockets

_MOST_SOCKETS = 200
_PROGRAMS = ("/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin", "/usr/local/sbin")
_WELL_KNOWN = (
    "/run/docker.sock",
    "/var/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/podman/podman.sock",
    "/run/dbus/system_bus_socket",
    "/run/systemd/private",
    "/run/snapd.socket",
)
_OF_USER = ("bus", "systemd/private", "docker.sock", "podman/podman.sock", "gnupg/S.gpg-agent")


def machine_of(ability: Ability) -> Machine:
    """The facts of this machine, of which ``ability`` was found by trying."""
    return Machine(
        kernel=os.uname().release,
        landlock=ability.landlock,
        means=ability.means.value,
        missing=ability.missing,
        modules=_first_line("/sys/kernel/security/lsm"),
        userns_clone=_first_line("/proc/sys/kernel/unprivileged_userns_clone"),
        apparmor_userns=_first_line("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
        max_userns=_first_line("/proc/sys/user/max_user_namespaces"),
        container=_container(),
        filtered="\nSeccomp:\t2" in _text("/proc/self/status"),
        interpreter=os.path.realpath(sys.executable),
    )


def _text(path: str) -> str:
    try:
        return Path(path).read_text("utf-8", "replace")
    except OSError:
        return ""


def _first_line(path: str) -> str:
    return _text(path).partition("\n")[0].strip()


def _container() -> str:
    if Path("/run/.containerenv").exists():
        return "podman"
    if Path("/.dockerenv").exists():
        return "docker"
    named = [x for x in _text("/proc/1/environ").split("\0") if x.startswith("container=")]
    if named:
        return named[0].partition("=")[2][:40]
    groups = _text("/proc/1/cgroup")
    return "kubernetes" if "kubepods" in groups else "docker" if "/docker" in groups else ""


def known_sockets(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Sockets with a path that a program of this user might reach, by name, place and sight."""
    runtime = environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    named = [*_named(environ), *_WELL_KNOWN, *(f"{runtime}/{name}" for name in _OF_USER)]
    found = (os.path.realpath(path) for path in (*named, *sockets()))
    return tuple(path for path in dict.fromkeys(found) if _is_socket(path))[:_MOST_SOCKETS]


def _named(environ: Mapping[str, str]) -> list[str]:
    """Paths of sockets that the environment names."""
    found = [environ.get("SSH_AUTH_SOCK", ""), environ.get("TMUX", "").partition(",")[0]]
    found += [
        part.removeprefix("unix:path=") for part in _parts(environ, "DBUS_SESSION_BUS_ADDRESS")
    ]
    found += [environ.get("DOCKER_HOST", "").removeprefix("unix://")]
    found += [environ.get("GPG_AGENT_INFO", "").partition(":")[0]]
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    if runtime and environ.get("WAYLAND_DISPLAY"):
        found.append(f"{runtime}/{environ['WAYLAND_DISPLAY']}")
    if display := environ.get("DISPLAY", "").partition(":")[2].partition(".")[0]:
        found.append(f"/tmp/.X11-unix/X{display}")  # noqa: S108 (where X keeps it)
    return [path for path in found if path.startswith("/")]


def _parts(environ: Mapping[str, str], name: str) -> list[str]:
    return [part.partition(",")[0] for part in environ.get(name, "").split(";")]


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)  # noqa: PTH116
    except OSError:
        return False


def setuid_programs() -> int:
    """How many programs of the usual places run as their owner, whoever starts them."""
    folders = dict.fromkeys(os.path.realpath(folder) for folder in _PROGRAMS)
    return sum(_count_setuid(folder) for folder in folders)


def _count_setuid(folder: str) -> int:
    try:
        with os.scandir(folder) as entries:
            return sum(_is_setuid(entry) for entry in entries)
    except OSError:
        return 0


def _is_setuid(entry: os.DirEntry[str]) -> bool:
    try:
        state = entry.stat(follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISREG(state.st_mode) and bool(state.st_mode & (stat.S_ISUID | stat.S_ISGID))
