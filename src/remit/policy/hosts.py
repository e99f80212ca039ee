"""Which host a run may reach: names in one form, matched in one way, and addresses never reached.

A contract names hosts exactly or by their ending (``*.example.org``), with a port where it is
neither 443 nor 80. The machine's own networks are reached by nobody; a service of this machine
only where the contract names loopback and the port.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

WEB_PORTS = (443, 80)
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_NEVER: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(net)
    for net in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # the metadata service of one cloud, on a public address
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/9",
        "ff00::/8",
    )
)
_OF_NETWORKS = re.compile(
    r"\.(?:local|localhost|localdomain|internal|intranet|private|corp|home|lan|arpa|onion)$"
)
_METADATA = re.compile(r"(?:^|\.)(?:metadata|instance-data)(?:\.|$)")
_NAT64 = ip_network("64:ff9b::/96")
_SIX_TO_FOUR = ip_network("2002::/16")


@dataclass(frozen=True, slots=True)
class Destination:
    """A host in canonical form (lower case; an address as its standard text) and a port."""

    host: str
    port: int

    @property
    def is_address(self) -> bool:
        return _address(self.host) is not None

    @property
    def is_loopback(self) -> bool:
        return self.host in LOOPBACK_NAMES

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port in WEB_PORTS else f"{host}:{self.port}"


def destination(authority: str, default_port: int | None = None) -> Destination | None:
    """``host:port`` as a destination; None where it is not written in the one plain way.

    None for: a user name, other characters than those of ASCII host names (an international
    name is written ``xn--``), an address in another notation than the standard one, a missing
    or odd port. One dot at the end is dropped.
    """
    host, port = _split(authority)
    name = canonical(host)
    if name is None:
        return None
    if not port:
        return Destination(name, default_port) if default_port else None
    if not _PORT.fullmatch(port) or int(port) > 65535:
        return None
    return Destination(name, int(port))


def _split(authority: str) -> tuple[str, str]:
    if authority.startswith("["):
        host, closing, rest = authority.partition("]")
        fits = closing and (not rest or (rest.startswith(":") and len(rest) > 1))
        return (f"{host}]", rest[1:]) if fits else ("", "")
    host, colon, port = authority.partition(":")
    return ("", "") if colon and not port else (host, port)


def canonical(host: str) -> str | None:
    """``host`` in its one form, or None where it has none."""
    if host.startswith("[") and host.endswith("]"):
        address = _address(host[1:-1]) if "%" not in host else None
        return str(address) if isinstance(address, IPv6Address) else None
    name = host.lower().removesuffix(".")
    labels = name.split(".")
    if not host.isascii() or len(name) > 253 or not all(map(_LABEL.fullmatch, labels)):
        return None
    if _NUMBER.fullmatch(labels[-1]):  # every reader of addresses takes these for one
        address = _address(name)
        return str(address) if isinstance(address, IPv4Address) else None
    return name


def named(host: str, hosts: Sequence[str], port: int | None = None) -> bool:
    """Whether one of ``hosts`` names ``host``, in canonical form; where ``port`` is known, at
    that port."""
    return any(_names(entry, host, port) for entry in hosts)


def reach(entry: str) -> tuple[str, tuple[int, ...]]:
    """The name and the ports that an entry of a contract stands for. Without a port it means
    the web's, and nothing of this machine."""
    name, written = _split(entry.lower())
    if written:
        return name, (int(written),)
    return name, () if name.strip("[]") in LOOPBACK_NAMES else WEB_PORTS


def _names(entry: str, host: str, port: int | None) -> bool:
    name, ports = reach(entry)
    if port is not None and port not in ports:
        return False
    if name.startswith("*."):
        return _address(host) is None and host.endswith(name[1:])
    return canonical(name) == host


def loopback_ports(hosts: Sequence[str]) -> tuple[int, ...]:
    """The ports of this machine's own services that ``hosts`` names."""
    found = (destination(entry.lower()) for entry in hosts)
    return tuple(dict.fromkeys(place.port for place in found if place and place.is_loopback))


def unreachable(address: str) -> str:
    """Why nothing is ever connected to ``address``; ``""`` for an address of the public net."""
    found = _address(address)
    if found is None:
        return "it is not an address"
    if isinstance(found, IPv6Address):
        if found.scope_id:
            return "it belongs to one network of this machine"
        inner = _inner(found)
        if inner is not None:
            return unreachable(str(inner))
    if any(found in net for net in _NEVER if net.version == found.version):
        return "it lies in this machine's own or another private network"
    return "" if found.is_global and not found.is_multicast else "it is not a public address"


def private_name(host: str) -> str:
    """Why ``host`` is taken for one of a private network by its name alone, for want of an
    address; ``""`` for a name that may be of the public net."""
    if _address(host) is None and ("." not in host or _OF_NETWORKS.search(host)):
        return "its name belongs to this machine's own or another private network"
    return ""


def may_be_looked_at(host: str) -> bool:
    """Whether ``host``, as a URL names it, is a name, this machine or an address of the public net,
    and none by which a cloud hands out the credentials of its machine. An address that is not
    written in the one plain way is none of these."""
    name = canonical(f"[{host}]" if ":" in host else host)
    if name is None or _METADATA.search(name):
        return False
    return host in LOOPBACK_NAMES or _address(name) is None or not unreachable(name)


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The older address that a newer one stands for."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return IPv4Address(int(address) >> 80 & 0xFFFFFFFF) if address in _SIX_TO_FOUR else None


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
