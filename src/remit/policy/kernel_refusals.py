"""What a tool's own words say that the kernel refused it, and what would have allowed it.

A tool that meets confinement reports a bare EACCES or EROFS. The agent is told which path or
host it was and what to ask for, so that it does not look for a way around.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from remit.model.contract import Contract
from remit.model.json import Json
from remit.policy.matching import get_patterns

LIMIT = 64 * 1024
"""Characters of an answer that are looked at: its end, where errors stand."""
MAX_REFUSALS = 5
_MOST_LOOKED_AT = 200
_WHY = r"(?:Read-only file system|Permission denied|read-only file system|permission denied)"
_QUOTED = r"['\"‘’`](?P<path>[^'\"‘’`\n]{1,4096})['\"‘’`]"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"{_QUOTED}: {_WHY}",
        rf"\[Errno (?:13|30)\] {_WHY}: {_QUOTED}",
        rf"(?:EROFS|EACCES): {_WHY}, [a-z]+ {_QUOTED}",
        rf"(?m)^(?:[\w./-]+: )?(?:line \d+: )?(?P<path>[^\s:'\"]{{1,4096}}): {_WHY}$",
    )
)
_HOST_FORMS = (
    re.compile(r"Could not resolve host: (?P<host>[\w.-]{1,253})"),
    re.compile(r"getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (?P<host>[\w.-]{1,253})"),
    re.compile(r"Failed to establish a new connection.{0,200}host='(?P<host>[\w.-]{1,253})'"),
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """``subject`` is a path relative to the root where it lies below it, or a host."""

    subject: str
    message: str
    would_need: str


def kernel_refusals(text: str, contract: Contract, root: str, cwd: str) -> tuple[Refusal, ...]:
    """The refusals that ``text``, a tool's answer, tells of; each once, the first few."""
    tail = text[-LIMIT:]
    told = islice(_found(tail, contract, root, cwd), _MOST_LOOKED_AT)
    found = {refusal.subject: refusal for refusal in told}
    return tuple(found.values())[:MAX_REFUSALS]


def texts_of(value: Json) -> Iterator[str]:
    """Every text in a tool's answer, in order."""
    waiting: list[Json] = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            waiting.extend(reversed(list(one.values())))
        elif isinstance(one, Sequence):
            waiting.extend(reversed(one))


def _found(text: str, contract: Contract, root: str, cwd: str) -> Iterator[Refusal]:
    edit = get_patterns(contract.scope.edit)
    for form in _FORMS:
        for match in form.finditer(text):
            path = posixpath.normpath(posixpath.join(cwd, match["path"]))
            relative = path.removeprefix(f"{root}/") if path.startswith(f"{root}/") else ""
            if not (relative and edit.matches(relative)):
                yield _path(relative or path, contract)
    for form in _HOST_FORMS:
        for match in form.finditer(text):
            yield _host(match["host"], contract)


def _path(subject: str, contract: Contract) -> Refusal:
    scope = ", ".join(contract.scope.edit)
    message = f"{subject} is out of reach in this run, which may change {scope}"
    return Refusal(subject, message, f"add {subject} to scope.edit in the contract")


def _host(host: str, contract: Contract) -> Refusal:
    allowed = ", ".join(contract.hosts) or "none"
    message = f"{host} is out of reach in this run, which may connect to: {allowed}"
    return Refusal(host, message, f"add {host} to hosts in the contract")
