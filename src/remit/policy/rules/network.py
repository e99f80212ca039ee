"""Hosts are refused unless the contract names them."""

from __future__ import annotations

from remit.model.decision import Outcome, Reason
from remit.model.groups import Group
from remit.model.request import Effect
from remit.policy.hosts import Destination, may_be_looked_at, named, unreachable
from remit.policy.rules.case import Case
from remit.policy.rules.commands import permission
from remit.policy.rules.wording import listed, short


def connect(effect: Effect, case: Case) -> Reason:
    host, hosts = effect.target, case.contract.hosts
    if named(host, hosts):
        return Reason("network.host-allowed", Outcome.ALLOW, host, "the contract names this host")
    return permission(effect, case) or refusal(host, hosts, short(effect.via))


def fetch(effect: Effect, case: Case) -> Reason:
    """As :func:`connect`; free as well where the contract lets services be looked at, but
    for addresses of private networks: there clouds hand out credentials."""
    host = effect.target
    open_ = Group.REMOTE in case.contract.commands.free
    if open_ and may_be_looked_at(host):
        return Reason("command.group", Outcome.ALLOW, host, f"the contract lists {Group.REMOTE}")
    return connect(effect, case)


def refusal(host: str, hosts: tuple[str, ...], via: str = "") -> Reason:
    """The answer to ``host``, which is none of ``hosts``. Where it cannot be told (``*``), what
    stands for it is ``via``, the command that would use the network."""
    what = f"Connecting to {short(host)}" if host != "*" else "Using the network"
    return Reason(
        "network.host-not-allowed",
        Outcome.DENY,
        host if host != "*" else via or host,
        f"{what} is not part of this run.",
        allowed=f"hosts: {listed(hosts)}" if hosts else "what works without the network",
        ask=f'add "{short(host)}" to hosts in the contract'
        if host != "*"
        else "name the hosts this needs in the contract",
    )


def crossing(place: Destination, hosts: tuple[str, ...], providers: tuple[str, ...]) -> Reason:
    """The answer to a program of the run that wants to connect to ``place``. ``providers`` are
    reached through the model door alone, whatever the contract says."""
    subject = str(place)
    if named(place.host, providers):
        return Reason(
            "network.provider",
            Outcome.DENY,
            subject,
            f"{short(subject)} serves the model; only the client of this run speaks to it.",
            allowed=f"hosts: {listed(hosts)}",
        )
    if named(place.host, hosts, place.port):
        why = "the contract names this host"
        return Reason("network.host-allowed", Outcome.ALLOW, subject, why)
    if place.is_address and not place.is_loopback and (why := unreachable(place.host)):
        return Reason(
            "network.own-network",
            Outcome.DENY,
            subject,
            f"Connecting to {short(subject)} is not part of any run: {why}.",
            allowed=f"hosts: {listed(hosts)}",
        )
    return refusal(subject, hosts)
