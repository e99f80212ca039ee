"""Why confinement is weaker on a machine than it could be, and the command that mends it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.model.diagnosis import Gap
from remit.model.machine import Machine

_FIRST_LANDLOCK, _FIRST_SCOPES = (5, 13), (6, 12)
_SCOPES = 6
_MORE_NAMESPACES = 15_000


def gaps_of(machine: Machine) -> tuple[Gap, ...]:
    """Every cause that can be told, the nearest first; empty where nothing is missing."""
    if machine.means == "namespaces" and machine.landlock >= _SCOPES:
        return ()
    if machine.missing.startswith("REMIT_CONFINE="):
        return (Gap(f"{machine.missing} asks for less than this machine can", _UNSET),)
    return (*_namespaces(machine), *_landlock(machine))


_UNSET = "unset REMIT_CONFINE"


def _namespaces(machine: Machine) -> Iterator[Gap]:
    if machine.means == "namespaces":
        return
    found = list(_switched_off(machine)) or list(_refused(machine))
    yield from found or [
        Gap(
            f"namespaces do not work here ({machine.missing or 'no reason was given'})",
            "look at: unshare --user --map-root-user --mount --pid --fork --mount-proc true",
        )
    ]


def _switched_off(machine: Machine) -> Iterator[Gap]:
    """A setting of this machine that forbids namespaces to ordinary users."""
    if machine.max_userns == "0":
        yield _setting("user.max_user_namespaces", _MORE_NAMESPACES, "allows no user namespace")
    if machine.userns_clone == "0":
        yield _setting("kernel.unprivileged_userns_clone", 1, "keeps user namespaces from users")
    if machine.apparmor_userns == "1":
        yield Gap(
            "AppArmor keeps user namespaces from programs without a profile (Ubuntu from 23.10 on)",
            f"give the interpreter a profile: {apparmor_profile(machine.interpreter)}\n"
            "or, for every program: "
            "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        )


def _setting(name: str, value: int, what: str) -> Gap:
    line = f"{name}={value}"
    return Gap(
        f"{name} {what}",
        f"sudo sysctl -w {line}; to keep it: echo {line} | sudo tee /etc/sysctl.d/60-remit.conf",
    )


def apparmor_profile(interpreter: str) -> str:
    """One command that lets ``interpreter`` make user namespaces, and nothing else."""
    text = f"abi <abi/4.0>, profile remit {interpreter} flags=(unconfined) {{ userns, }}"
    place = "/etc/apparmor.d/remit"
    return f"echo '{text}' | sudo tee {place} && sudo apparmor_parser -r {place}"


def _refused(machine: Machine) -> Iterator[Gap]:
    """No setting forbids it, and it does not work all the same: mostly a container."""
    if "masked" in machine.missing:
        yield Gap(
            "a container masks /proc, so a private one cannot be mounted",
            "docker run --security-opt systempaths=unconfined …, "
            "podman run --security-opt unmask=ALL …, Kubernetes: procMount: Unmasked",
        )
    elif machine.container or machine.filtered:
        where = machine.container or "a container"
        yield Gap(
            f"the seccomp filter of {where} refuses namespaces ({machine.missing})",
            "docker run --security-opt seccomp=unconfined --security-opt "
            "systempaths=unconfined …, or run Remit on the machine itself",
        )


def _landlock(machine: Machine) -> Iterator[Gap]:
    if machine.landlock >= _SCOPES:
        return
    version = _version(machine.kernel)
    if machine.landlock:
        yield Gap(
            f"Landlock of this kernel ({machine.kernel}) has version {machine.landlock}: "
            f"{_lacks(machine.landlock)}",
            "a kernel from 6.12 on",
        )
    elif version < _FIRST_LANDLOCK:
        yield Gap(f"kernel {machine.kernel} is too old for Landlock", "a kernel from 5.13 on")
    elif machine.modules and "landlock" not in machine.modules.split(","):
        yield Gap(
            "Landlock is built into the kernel at most, and not switched on",
            f"add lsm=landlock,{machine.modules} to the kernel's command line "
            "(GRUB_CMDLINE_LINUX in /etc/default/grub), then: sudo update-grub && sudo reboot",
        )
    elif machine.container or machine.filtered:
        yield Gap(
            "the seccomp filter of the container refuses Landlock",
            "docker run --security-opt seccomp=unconfined …, or a newer container runtime",
        )
    else:
        yield Gap(
            f"kernel {machine.kernel} is built without Landlock",
            "a kernel with CONFIG_SECURITY_LANDLOCK=y",
        )


def _lacks(landlock: int) -> str:
    lacking = [
        text
        for first, text in (
            (2, "files cannot be moved between folders"),
            (3, "cutting files short is not held"),
            (4, "TCP is not held"),
            (5, "device commands are not held"),
            (6, "signals and abstract sockets are not held"),
        )
        if landlock < first
    ]
    return ", ".join(lacking)


def _version(kernel: str) -> tuple[int, int]:
    found = re.match(r"(\d{1,4})\.(\d{1,4})", kernel)
    return (int(found[1]), int(found[2])) if found else (0, 0)
