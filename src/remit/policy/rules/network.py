"""Hosts are refused unless the contract names them."""

from __future__ import annotations

from remit.model.decision import Outcome, Reason
from remit.model.request import Effect
from remit.policy.rules.case import Case
from remit.policy.rules.commands import permission
from remit.policy.rules.wording import listed, short


def connect(effect: Effect, case: Case) -> Reason:
    host, hosts = effect.target, case.contract.hosts
    if _named(host, hosts):
        return Reason("network.host-allowed", Outcome.ALLOW, host, "the contract names this host")
    freed = permission(effect, case)
    if freed is not None:
        return freed
    what = f"Connecting to {short(host)}" if host != "*" else "Using the network"
    return Reason(
        "network.host-not-allowed",
        Outcome.DENY,
        host if host != "*" else short(effect.via) or host,
        f"{what} is not part of this run.",
        allowed=f"hosts: {listed(hosts)}" if hosts else "what works without the network",
        ask=f'add "{short(host)}" to hosts in the contract'
        if host != "*"
        else "name the hosts this needs in the contract",
    )


def _named(host: str, hosts: tuple[str, ...]) -> bool:
    return any(
        host == name.lower() or (name.startswith("*.") and host.endswith(name[1:].lower()))
        for name in hosts
    )
