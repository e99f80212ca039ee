"""Domains that may be fetched, as hosts of a policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from remit.model.imports import Entry, Key, SourceRule, Verb
from remit.policy.covers import host_covers
from remit.policy.hosts import canonical
from remit.services.imports.carry import Carry, carried, held, left

_OPEN_TO_ALL = "a host of Remit is open to every command of a run, not to one tool alone"
_CLOSED = "no host is reached that a contract does not name"
_DENIED = "it covers a host that another rule denies"


class Wish(NamedTuple):
    """A domain in a rule."""

    rule: SourceRule
    domain: str


def host_rules(wishes: Sequence[Wish], *, commands_too: bool) -> list[Entry]:
    """What becomes of domains. ``commands_too``: commands may reach what is allowed there as
    well, or run unasked by name alone."""
    denied = [name for wish in wishes if wish.rule.verb is not Verb.ALLOW if (name := _name(wish))]
    return [_carry(wish, denied, commands_too).of(wish.rule) for wish in wishes]


def _carry(wish: Wish, denied: Sequence[str], commands_too: bool) -> Carry:
    if wish.rule.verb is not Verb.ALLOW:
        return held(_CLOSED)
    host = _name(wish)
    if host is None:
        return left("Remit opens hosts by name, or by all that comes before a name")
    if any(host_covers(host, other) or host_covers(other, host) for other in denied):
        return left(_DENIED)
    if not commands_too:
        return left(_OPEN_TO_ALL, f'"{host}" under network.hosts')
    return carried(Key.HOSTS, host)


def _name(wish: Wish) -> str | None:
    """The domain as a host pattern of ours, None where it is none."""
    domain = wish.domain.strip().lower().removesuffix(".")
    name = domain.removeprefix("*.")
    return domain if "." in name and canonical(name) == name else None
