"""What programs do with their arguments, one file per family."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.model.request import Effect
from remit.policy.shell.args import Arg
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.programs import (
    agents,
    archives,
    awk,
    builders,
    builtins,
    clouds,
    clusters,
    databases,
    files,
    git,
    interpreters,
    looking,
    machine,
    network,
    packages,
    printing,
    search,
    services,
    text,
    wrappers,
)

_SYSTEM = re.compile(r"/(?:usr/(?:local/)?)?s?bin/([^/]+)")
_VERSIONED = re.compile(r"(python|pypy|ruby|perl|php|lua|node|gcc|clang|pip)(?:\d[\d.]*|-\d[\d.]*)")

PROGRAMS: dict[str, Handler] = {
    **files.PROGRAMS,
    **archives.PROGRAMS,
    **text.PROGRAMS,
    **awk.PROGRAMS,
    **search.PROGRAMS,
    **builtins.PROGRAMS,
    **printing.PROGRAMS,
    **wrappers.PROGRAMS,
    **interpreters.PROGRAMS,
    **git.PROGRAMS,
    **network.PROGRAMS,
    **packages.PROGRAMS,
    **builders.PROGRAMS,
    **machine.PROGRAMS,
    **agents.PROGRAMS,
    **looking.PROGRAMS,
    **databases.PROGRAMS,
    **clouds.PROGRAMS,
    **clusters.PROGRAMS,
    **services.PROGRAMS,
}


def handler_of(written: str) -> Handler:
    """How to read the arguments of the program called ``written``."""
    system = _SYSTEM.fullmatch(written)
    name = system[1] if system else written
    if "/" in name:
        return _local
    if name.startswith("git-") and name not in PROGRAMS:
        return git.dashed
    versioned = _VERSIONED.fullmatch(name)
    found = PROGRAMS.get(name) or (PROGRAMS.get(versioned[1]) if versioned else None)
    if found is None:
        return _unknown
    return found


def _unknown(inv: Invocation) -> Iterator[Effect]:
    yield inv.unknown()


def _local(inv: Invocation) -> Iterator[Effect]:
    """A program by its path: a file of the repository, or of nobody knows where."""
    if agent := agents.agent_of_path(inv.name):
        yield from agents.started(agent)(inv)
        return
    yield inv.unknown(inv.name)
    yield from inv.reads(Arg(inv.name))
