"""What a contract would have to say for a held call to pass: the smallest lines, or none.

Nothing here widens anything. Credentials, sensitive zones, what steers git or the agent, places
outside the repository, code that cannot be read and whatever the contract itself takes out have
no line: a call that needs one of them needs nothing, because nothing would let it through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple

from remit.model.contract import Contract
from remit.model.decision import Outcome, Reason
from remit.model.request import Effect, Request
from remit.model.state import Phase, RunState
from remit.policy.engine import GUARDS, JUDGES
from remit.policy.hosts import canonical, private_name, unreachable
from remit.policy.matching import get_patterns
from remit.policy.redact import redact
from remit.policy.rules.case import Case, case_of
from remit.policy.wordlist import words
from remit.policy.zones import is_secret, zone_of

LONGEST = 120
"""Characters of a line that people still read."""


class Line(StrEnum):
    """The list of a contract that a need names."""

    EDIT = "scope.edit"
    READ = "scope.read"
    FREE = "commands.free"
    HOSTS = "network.hosts"
    TOOLS = "tools.allow"


class Need(NamedTuple):
    """One item for one list."""

    line: Line
    item: str


Needs = frozenset[Need]
NOTHING: Needs = frozenset()

_LOCAL_GIT = words("add commit branch switch tag stash merge mv")
"""What keeps to the repository and throws nothing away."""
_ODD = re.compile(r"[*?\[\]\\!#]|\s$|^\s|//|[^ -~]")
_PLAIN = re.compile(r"[ -~]+")


def needs_of(request: Request, contract: Contract) -> Needs:
    """What would let ``request`` through; nothing where no lines would."""
    state = RunState(Phase.OPEN, contract, "", heartbeat=True)
    case = case_of(request, state, contract)
    found: set[Need] = set()
    for need in _each(case):
        if need is None:
            return NOTHING
        found.add(need)
    return frozenset(found)


def _each(case: Case) -> Iterator[Need | None]:
    for guard in GUARDS:
        for reason in guard(case):
            if reason.outcome is not Outcome.ALLOW:
                yield _of_guard(reason, case)
    for effect in case.request.effects:
        reason = JUDGES[effect.kind](effect, case)
        if reason.outcome is not Outcome.ALLOW:
            finder = _FINDERS.get(reason.rule)
            yield finder(effect, case) if finder else None


def _of_guard(reason: Reason, case: Case) -> Need | None:
    """Of what guards say only the exact list can be longer."""
    if reason.rule != "command.not-in-exact-list":
        return None
    lines = {effect.via or effect.target for effect in case.request.effects}
    return _command(reason.subject, case) if reason.subject in lines else None


def _edit(effect: Effect, case: Case) -> Need | None:
    path = _relative(effect, case)
    contract = case.contract
    if not path or zone_of(path, contract.stop):
        return None
    taken_out = tuple(text[1:] for text in contract.scope.edit if text.startswith("!"))
    if get_patterns((*taken_out, *contract.exclude)).matches(path):
        return None
    return Need(Line.EDIT, path)


def _read(effect: Effect, case: Case) -> Need | None:
    path = _relative(effect, case)
    taken_out = tuple(text[1:] for text in case.contract.scope.read if text.startswith("!"))
    if not path or is_secret(path) or get_patterns(taken_out).matches(path):
        return None
    return Need(Line.READ, path)


def _relative(effect: Effect, case: Case) -> str:
    """The path of ``effect`` below the root, ``""`` where a pattern would not name just it."""
    path = case.request.resolved(effect.target)
    if path is None or not path.relative or _ODD.search(path.relative):
        return ""
    return path.relative


def _program(effect: Effect, case: Case) -> Need | None:
    return _command(effect.via, case)


def _git(effect: Effect, case: Case) -> Need | None:
    return Need(Line.FREE, f"git {effect.target}") if effect.target in _LOCAL_GIT else None


def _command(line: str, case: Case) -> Need | None:
    """A word that would be a sensitive zone in a path is one in a command as well."""
    if not 0 < len(line) <= LONGEST or not _PLAIN.fullmatch(line) or redact(line).marks:
        return None
    if line.startswith(("@", "remit ")) or any(
        zone_of(word.strip("./"), case.contract.stop) for word in line.split()
    ):
        return None
    return Need(Line.FREE, line)


def _host(effect: Effect, case: Case) -> Need | None:
    host = canonical(effect.target)
    if host is None or "." not in host or private_name(host):
        return None
    return Need(Line.HOSTS, host) if unreachable(host) == "it is not an address" else None


def _tool(effect: Effect, case: Case) -> Need | None:
    name = effect.target
    return Need(Line.TOOLS, name) if _PLAIN.fullmatch(name) and len(name) <= LONGEST else None


_FINDERS: dict[str, Callable[[Effect, Case], Need | None]] = {
    "path.write-out-of-scope": _edit,
    "path.read-out-of-scope": _read,
    "command.unknown": _program,
    "command.look": _program,
    "vcs.refused": _git,
    "network.host-not-allowed": _host,
    "tool.unknown": _tool,
}
