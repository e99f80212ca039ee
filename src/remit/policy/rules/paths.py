"""Reads and edits by where their paths lead."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.model.decision import Outcome, Reason
from remit.model.groups import Group
from remit.model.request import Effect, EffectKind, ResolvedPath
from remit.policy.rules.case import CHANGES, Case, name_of
from remit.policy.rules.wording import listed, short

SINKS = frozenset({"/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/full"})
_SOURCES = frozenset(
    {"/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/dev/stdin", "/dev/tty"}
)
_SYSTEM = re.compile(
    r"/(?:usr|bin|sbin|lib|lib32|lib64|opt|nix/store)(?:/|$)"
    r"|/etc/(?:os-release|lsb-release|debian_version|hostname|hosts|resolv\.conf|passwd|group"
    r"|services|protocols|timezone|localtime|shells|mime\.types|alpine-release)$"
    r"|/etc/(?:ssl/certs|alternatives)(?:/|$)"
    r"|/proc/(?:cpuinfo|meminfo|version|loadavg|uptime|mounts|filesystems|self/(?:status|cgroup))$"
    r"|/sys/(?:fs/cgroup|devices/system/cpu)(?:/|$)"
)
_TOOLCHAINS = re.compile(
    r"/(?:\.pyenv|\.nvm|\.rustup|\.cargo/(?:bin|registry)|\.rbenv|\.asdf|\.sdkman|\.volta|\.bun"
    r"|go/pkg|\.local/(?:bin|lib|share/uv)|\.m2/repository|\.gradle/caches)(?:/|$)"
)
_PERSONAL = re.compile(r"^(?:/home/[^/]+|/root|/Users/[^/]+)(?:/\.|/?$)|^/home/?$|^/$|/\.[^/]*$")
"""Where people keep what is theirs alone, and what holds all of it."""
_SCRATCH = re.compile(r"/(?:private/)?(?:var/)?tmp/(?=[^/])")
_VERBS = {EffectKind.WRITE: "Writing", EffectKind.DELETE: "Deleting"}
_WILD = re.compile(r"[*?\[]")


def read(effect: Effect, case: Case) -> Reason:
    path = case.request.resolved(effect.target)
    if path is None:
        return _unresolved(effect)
    if path.relative is None:
        return _read_outside(path, case)
    if case.read.holds(path.relative) and not case.read.takes_out(path.relative):
        return Reason("path.read-in-scope", Outcome.ALLOW, name_of(path), "inside the read scope")
    return Reason(
        "path.read-out-of-scope",
        Outcome.DENY,
        name_of(path),
        f"Reading {short(name_of(path))} is outside the read scope of this run.",
        allowed=f"reads in {listed(case.contract.scope.read)}",
        ask=f'add "{short(name_of(path))}" to scope.read in the contract',
    )


def _read_outside(path: ResolvedPath, case: Case) -> Reason:
    place = path.absolute
    if place in _SOURCES or _SYSTEM.match(place) or _TOOLCHAINS.search(place):
        return Reason("path.read-system", Outcome.ALLOW, place, "a system or toolchain file")
    if Group.MACHINE in case.contract.commands.free and not _PERSONAL.search(place):
        return Reason(
            "path.read-machine", Outcome.ALLOW, place, f"the contract lists {Group.MACHINE}"
        )
    return Reason(
        "path.read-outside",
        Outcome.ASK,
        place,
        f"Reading {short(place)} leaves the repository.",
        allowed="reads inside the repository, of system libraries and of toolchains",
        ask="copy what you need from there into the repository before the run",
    )


def write(effect: Effect, case: Case) -> Reason:
    path = case.request.resolved(effect.target)
    if path is None:
        return _unresolved(effect)
    if path.absolute in SINKS and effect.kind is EffectKind.WRITE:
        return Reason("path.sink", Outcome.ALLOW, path.absolute, "keeps nothing")
    if path.relative is None and _is_scratch(path, case):
        return Reason(
            "path.scratch", Outcome.ALLOW, path.absolute, f"the contract lists {Group.SCRATCH}"
        )
    if path.relative is None:
        return _out(effect, path, case, "path.write-outside", "leaves the repository")
    if not (case.edit.matches(path.relative) and case.edit.holds(path.relative)):
        return _out(effect, path, case, "path.write-out-of-scope", "is outside the edit scope")
    below = f"{path.relative}/\x01" if effect.kind is EffectKind.DELETE else path.relative
    if case.read.takes_out(below):
        return _unread(effect, path)
    return Reason("path.write-in-scope", Outcome.ALLOW, name_of(path), "inside the edit scope")


def guard(case: Case) -> Iterator[Reason]:
    """Changes that the scope alone would let through: whole folders and patterns of names."""
    for effect, path in case.paths:
        if effect.kind in CHANGES and path.relative is not None:
            yield from _sweeping(effect, path, case)


def _sweeping(effect: Effect, path: ResolvedPath, case: Case) -> Iterator[Reason]:
    relative = path.relative or ""
    wild = _WILD.search(effect.target) and _WILD.search(relative)
    fixed = relative[: wild.start()] if wild else f"{relative}/"
    if wild and not fixed and effect.kind is EffectKind.DELETE and relative.strip("*?./") == "":
        yield Reason(
            "path.delete-everything",
            Outcome.DENY,
            name_of(path),
            f"Deleting {short(effect.target)} would empty the repository.",
            allowed="deleting files in the edit scope by name",
        )
    elif (wild or effect.kind is EffectKind.DELETE) and case.edit.carves(fixed):
        yield _out(effect, path, case, "path.write-sweeping", "may reach what the scope leaves out")


def _out(effect: Effect, path: ResolvedPath, case: Case, rule: str, why: str) -> Reason:
    name = name_of(path)
    written = "" if effect.target in (name, path.absolute) else f" (written {short(effect.target)})"
    outside = path.relative is None
    return Reason(
        rule,
        Outcome.DENY,
        name,
        f"{_VERBS[effect.kind]} {short(name)}{written} {why} of this run."
        if not outside
        else f"{_VERBS[effect.kind]} {short(name)}{written} {why}.",
        allowed=f"edits in {listed(case.contract.scope.edit)}",
        ask="nothing in a contract opens places outside the repository"
        if outside
        else f'add "{short(name)}" to scope.edit in the contract',
    )


def _unread(effect: Effect, path: ResolvedPath) -> Reason:
    name = name_of(path)
    return Reason(
        "path.write-unread",
        Outcome.DENY,
        name,
        f"{_VERBS[effect.kind]} {short(name)} is refused: this run never reads it.",
        allowed="edits of what may be read",
        ask="the policy says so under scope.never_read; a person can change it before a run",
    )


def _is_scratch(path: ResolvedPath, case: Case) -> bool:
    """Below a folder for temporary files, where neither the repository lies nor what holds it."""
    begins = _SCRATCH.match(path.absolute)
    if (
        begins is None
        or "/remit" in path.absolute
        or Group.SCRATCH not in case.contract.commands.free
    ):
        return False
    wild = _WILD.search(path.absolute)
    fixed = path.absolute[: wild.start()] if wild else f"{path.absolute}/"
    everything = path.absolute[begins.end() :].startswith("**")
    return not everything and not f"{case.state.root}/".startswith(fixed)


def _unresolved(effect: Effect) -> Reason:
    return Reason(
        "path.unresolved",
        Outcome.DENY,
        short(effect.target),
        f"It cannot be told where {short(effect.target)} leads.",
        allowed="the same with a plain path inside the repository",
    )
