"""Services of this machine that a contract names by loopback and port: a database, for example."""

from __future__ import annotations

from collections.abc import Collection

from remit.errors import RemitError
from remit.policy.hosts import loopback_ports
from remit.system.confine.plan import Means
from remit.system.listening import listening_ports

MOST_SERVICES = 32


def lent_ports(hosts: tuple[str, ...], means: Means, taken: Collection[int]) -> tuple[int, ...]:
    """The ports that the agent may reach as if it had the machine's own loopback.

    With namespaces a port that nobody listens on stays the agent's own, so that a development
    server of its own can have it. ``taken`` are never lent. Raises RemitError for too many.
    """
    named = tuple(port for port in loopback_ports(hosts) if port not in taken)
    if len(named) > MOST_SERVICES:
        raise RemitError(
            f"the contract names {len(named)} ports of this machine, and {MOST_SERVICES} can be "
            "lent to a run",
            "name those in network.hosts that the task needs",
        )
    if means is not Means.NAMESPACES:
        return named if means is Means.LANDLOCK else ()
    open_now = listening_ports() if named else frozenset()
    return tuple(port for port in named if port in open_now)


def words_for(hosts: tuple[str, ...], means: Means, lent: tuple[int, ...]) -> tuple[str, ...]:
    """What a person is told about the ports that ``hosts`` names."""
    if means is not Means.NAMESPACES:
        return ()
    named = loopback_ports(hosts)
    own = [port for port in named if port not in lent]
    lines = [f"lent to the run: localhost:{port}" for port in lent]
    lines += [
        f"nobody listens on localhost:{port}: in the run it is the agent's own" for port in own
    ]
    return tuple(lines)
