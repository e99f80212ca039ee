"""The doors that stood open to the program of the second act."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from remit.model.diagnosis import Door
from remit.policy.open_doors import socket_door
from remit.system.machine import setuid_programs

_DONE = "done"
_NAMESPACES = "namespaces close it: mend the gap above"
_OVERLAYS = "a kernel with overlayfs, which an ordinary user may mount from 5.11 on"
_ELSEWHERE = "let it keep its sockets in the runtime folder of your session or in /tmp"
_LATER = "the egress layer closes it where it is live; here run Remit in a virtual machine"
_SECCOMP = "a kernel with seccomp closes it"
_KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")
_SIGN_IN = "CLAUDE_CODE_OAUTH_TOKEN"
"""The client needs it as it is, so that it goes into the run."""


def doors_of(
    seen: Mapping[str, str], sockets: tuple[str, ...], environ: Mapping[str, str]
) -> tuple[Door, ...]:
    """Each way that was tried and worked. ``environ`` is that of the person."""
    opened = {name for name, came in seen.items() if came == _DONE}
    reached = [socket_door(path) for path in sockets if path in opened]
    return (*reached, *_of_system(opened), *_network(opened), *_login(opened, environ))


def _of_system(opened: set[str]) -> Iterator[Door]:
    if "socket" in opened:
        yield Door("any socket with a path", "as a probe of ours", _NAMESPACES)
    else:
        yield from _late_sockets(opened)
    if "abstract" in opened:
        yield Door("abstract sockets", "D-Bus and X often have one", _NAMESPACES)
    if "mode" in opened:
        where = "chmod, chown and setfattr out of scope; the comparison finds modes in the tree"
        yield Door("modes and attributes of files", where, _NAMESPACES)
    if "keyring" in opened:
        yield Door(
            "the user's keyring", "keys in the kernel: Kerberos, encrypted folders", _SECCOMP
        )
    if "setuid" in opened and (number := setuid_programs()):
        yield Door("set-uid programs", f"{number} of them run as their owner", _NAMESPACES)


def _late_sockets(opened: set[str]) -> Iterator[Door]:
    """Those that appear while a run is on, where the ones before are out of reach."""
    if "late" in opened:
        yield Door("sockets that appear while a run is on", "wherever they do", _OVERLAYS)
    elif "within" in opened:
        where = "what another program of yours opens in the tree while a run is on"
        yield Door("sockets in the repository", where, _ELSEWHERE)


def _network(opened: set[str]) -> Iterator[Door]:
    if "tcp" in opened:
        yield Door("TCP", "to every host and port this machine reaches", _LATER)
    if "udp" in opened:
        yield Door("UDP", "to every host: DNS carries data out as well", _LATER)


def _login(opened: set[str], environ: Mapping[str, str]) -> Iterator[Door]:
    fix = "give the agent a key of its own with a limit on spend, and revoke it afterwards"
    names = (*(_KEYS if "variable" in opened else ()), _SIGN_IN)
    for name in names:
        if environ.get(name):
            yield Door("the client's login", f"a shell command can read {name}", fix)
    home = environ.get("HOME", "")
    named = environ.get("CLAUDE_CONFIG_DIR") or f"{home}/.claude"
    login = Path(named) / ".credentials.json"
    if "login" in opened and login.exists():
        yield Door("the client's login", f"a shell command can read {login}", fix)
