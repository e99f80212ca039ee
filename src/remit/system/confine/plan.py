"""What a program is confined to, as a value that crosses to the process that enters it.

Named tuples: dataclasses take 10 ms to import, which every start would pay.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import NamedTuple


class Means(StrEnum):
    """How confinement is done on this machine, strongest first."""

    NAMESPACES = "namespaces"
    """Own user, mount, process, IPC and network namespaces, and Landlock within them."""
    LANDLOCK = "landlock"
    """Landlock alone: files, TCP, signals and abstract sockets."""
    NONE = "none"


class Cover(NamedTuple):
    """``source`` appears at ``place``: to be written there, or only read. ``place`` exists or
    lies in what another cover puts there."""

    source: str
    place: str


class Plan(NamedTuple):
    """All paths are absolute, resolved and exist. What is not named may be read, not written.

    ``writable`` are directories and files, ``protected`` what lies below them and is not;
    ``opened`` are directories on mounts that can be written though nothing may be made there;
    ``hidden`` cannot be read; ``shown`` stay readable although they lie below something hidden
    or private; ``temporary`` is a directory that stands in for ``/tmp``. ``covers`` may be
    written, what is ``lent`` may not. ``ports`` are the loopback ports that may be connected to:
    with namespaces the program's own loopback, where we listen on the same numbers, unless it
    ``shares_network``.
    """

    means: Means
    cwd: str
    writable: tuple[str, ...]
    protected: tuple[str, ...]
    opened: tuple[str, ...]
    hidden: tuple[str, ...]
    shown: tuple[str, ...]
    temporary: str
    covers: tuple[Cover, ...] = ()
    lent: tuple[Cover, ...] = ()
    ports: tuple[int, ...] = ()
    shares_network: bool = False

    def to_json(self) -> bytes:
        return json.dumps(self._asdict()).encode()

    @staticmethod
    def from_json(data: bytes) -> Plan:
        read = json.loads(data)
        return Plan(
            means=Means(read["means"]),
            cwd=read["cwd"],
            writable=tuple(read["writable"]),
            protected=tuple(read["protected"]),
            opened=tuple(read["opened"]),
            hidden=tuple(read["hidden"]),
            shown=tuple(read["shown"]),
            temporary=read["temporary"],
            covers=tuple(Cover(*cover) for cover in read["covers"]),
            lent=tuple(Cover(*cover) for cover in read["lent"]),
            ports=tuple(read["ports"]),
            shares_network=bool(read["shares_network"]),
        )
