"""Package managers and the programs they start."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.model.groups import HIDDEN, Group
from remit.model.request import Effect, EffectKind
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import split
from remit.policy.shell.programs.agents import agent_of_package, nested
from remit.policy.shell.programs.interpreters import interpreter
from remit.policy.shell.programs.network import addressed, pip
from remit.policy.shell.programs.spec import asks_help, asks_itself, each
from remit.policy.wordlist import words

_READING = {
    "npm": "ls list view info show outdated why explain root prefix bin help fund ll la",
    "yarn": "list info why versions outdated",
    "pnpm": "list ls why outdated root bin",
    "cargo": "tree metadata search locate-project pkgid version help read-manifest",
    "go": "list version env doc vet help",
    "gem": "list which environment info contents",
    "bundle": "list show info check outdated",
    "composer": "show info outdated why licenses validate",
    "uv": "tree version",
    "poetry": "show version check about",
    "conda": "list info",
    "apt": "list show search policy depends rdepends",
    "apt-cache": "show search policy depends rdepends showpkg",
    "dpkg": "-l -L -s -S --list --status --search",
    "rustup": "show which",
}
_OWN_WORDS = words("npm cargo go uv conda gem rustup")
"""Managers that take no word for a script of the repository."""
_READING_PAIRS = {
    "npm": (
        "pkg get",
        "config get",
        "config list",
        "config ls",
        "c list",
        "c ls",
        "c get",
        "cache ls",
        "cache list",
    ),
    "pnpm": ("config get", "config list", "store path", "store status"),
    "yarn": ("config get", "config list", "cache dir", "global list"),
    "uv": ("pip list", "pip show", "pip freeze", "pip check", "pip tree", "python dir"),
    "conda": ("env list",),
}
_SCRIPTS = words(
    "run run-script test t tst start stop restart exec x build check clippy bench fmt doc "
    "generate fix rustc rustdoc nextest tool lint dev serve"
)
_ASKING = {
    "npm": "find search s se query sbom stars completion get ping audit doctor owner team profile "
    "dist-tag access org diff whoami v",
    "yarn": "audit licenses help workspaces",
    "pnpm": "audit licenses help info view search",
    "cargo": "verify-project info owner report",
    "uv": "help python",
    "poetry": "search",
    "gem": "search query outdated specification contents env environment dependency help",
    "apt": "changelog",
    "composer": "search audit depends diagnose prohibits status suggests about",
    "conda": "search",
    "rustup": "check target component toolchain",
    "go": "mod",
    "bundle": "why platform env licenses doctor",
}
"""What asks a registry, or tells about what is installed, as its next word lists or is missing."""
_LISTS = words("list ls get show info find dir versions users accounts graph why verify")
_TWO_WORDS = words(
    "owner team profile dist-tag access org licenses python target component toolchain mod "
    "workspaces"
)
_CREDENTIAL = re.compile(r":?_auth|_password|(?:^|[.:])token$", re.IGNORECASE)
_DOES = words("--registry --fix fix --add --remove --rm -a -r")
_MACHINE = words("apt apt-get dpkg yum dnf apk pacman snap zypper rpm port nix-env")
_VALUED = words("--prefix -C --cwd --dir --manifest-path --filter -w --workspace -F")


def _manager(inv: Invocation) -> Iterator[Effect]:
    """Reading is free, scripts are code of the repository, the rest brings something new in."""
    found = split(inv.args, _VALUED, ordered=False)
    words = [arg.text for arg in found.operands]
    asked = asks_help(inv) if inv.name in _OWN_WORDS else asks_itself(inv)
    asked = asked or [arg.text for arg in inv.args] == ["-v"]
    sure = all(arg.sure for arg in inv.args)
    word = words[0] if words else inv.args[0].text if inv.args else ""
    yield from addressed(inv)
    pair = " ".join(words[:2]) in _READING_PAIRS.get(inv.name, ())
    if sure and any(_CREDENTIAL.search(arg.text) for arg in inv.args):
        yield inv.looks(HIDDEN, f"{inv.name} {word}")
        return
    if (
        asked
        or (sure and pair)
        or (sure and word in _READING.get(inv.name, "").split() and not _writes(inv, words))
    ):
        yield inv.ran()
        return
    if sure and _asks(inv, words):
        yield inv.looks(Group.REMOTE, f"{inv.name} {word}")
        return
    runs = _EXECUTING.get(inv.name, frozenset())
    if word in runs and (agent := _agent(inv, runs)):
        yield nested(inv, agent)
        return
    script = words[1:2] if word in ("run", "run-script", "exec", "x", "tool") else []
    yield inv.unknown(" ".join([inv.name, word, *script]).strip())
    if inv.name in _MACHINE:
        yield inv.effect(EffectKind.PRIVILEGE, f"{inv.name} {word}".strip())
    elif word not in _SCRIPTS:
        yield inv.effect(EffectKind.CONNECT, "*")


def _asks(inv: Invocation, words: list[str]) -> bool:
    known = _ASKING.get(inv.name, "").split()
    if not words or words[0] not in known or {arg.text.split("=")[0] for arg in inv.args} & _DOES:
        return False
    return words[0] not in _TWO_WORDS or bool(words[1:2] and words[1] in _LISTS)


def _writes(inv: Invocation, words: list[str]) -> bool:
    """``go env -w`` and ``go vet -vettool`` and their likes."""
    return inv.name == "go" and any(
        arg.text.startswith(("-w", "-u", "-vettool", "-toolexec", "--vettool", "-exec"))
        for arg in inv.args
    )


_EXECUTING = {
    "npm": words("exec x"),
    "pnpm": words("exec dlx"),
    "yarn": words("exec dlx run"),
    "uv": words("tool run"),
    "bun": words("x"),
    "pipx": words("run"),
    "poetry": words("run"),
}
_PACKAGE_OPTIONS = words("-p --package --from --with --spec -c --call")


def _agent(inv: Invocation, after: frozenset[str]) -> str:
    """The coding agent among the packages that are started; ``""`` for none. ``after`` are the
    words that stand before a package."""
    found = split(inv.args, _PACKAGE_OPTIONS, ordered=False)
    operands = [arg.text for arg in found.operands]
    while operands and operands[0] in after:
        del operands[0]
    named = [*operands[:1], *(arg.text for arg in found.values(*_PACKAGE_OPTIONS))]
    named += [word for arg in found.values("-c", "--call") for word in arg.text.split()[:1]]
    return next(filter(None, map(agent_of_package, named)), "")


def _starter(inv: Invocation) -> Iterator[Effect]:
    """Runs a package by name, and fetches it where it is not there."""
    if agent := _agent(inv, frozenset()):
        yield nested(inv, agent)
        return
    yield inv.unknown(" ".join([inv.name, *(a.text for a in inv.args if a.text[:1] != "-")][:2]))
    yield inv.effect(EffectKind.CONNECT, "*")


def _or_agent(handler: Handler) -> Handler:
    """``handler``, but where a package is started that is an agent."""

    def handle(inv: Invocation) -> Iterator[Effect]:
        runs = _EXECUTING[inv.name]
        first = inv.args[0].text if inv.args else ""
        agent = _agent(inv, runs) if first in runs else ""
        yield from (nested(inv, agent),) if agent else handler(inv)

    return handle


PROGRAMS: dict[str, Handler] = {
    **each(" ".join(_READING), _manager),
    **each("apt-get yum dnf apk pacman snap zypper rpm port nix-env", _manager),
    **each("npx bunx pnpx uvx corepack nix", _starter),
    "bun": _or_agent(interpreter("-e --eval -p", "", "run test install add")),
    "pipx": _or_agent(pip),
}
