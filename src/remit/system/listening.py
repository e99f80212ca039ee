"""Which TCP ports of this machine's loopback somebody listens on, read from the kernel's tables."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_LISTENING = "0A"
_REACHED_BY_LOOPBACK = frozenset(
    {
        "00000000",
        "0100007F",
        "0" * 32,
        "0" * 24 + "01000000",
        "0" * 16 + "FFFF0000" + "0100007F",
    }
)
"""Any address and the loopback's, as the tables of a little-endian machine write them."""


def listening_ports() -> frozenset[int]:
    """The ports that a connection to ``localhost`` reaches; none where the kernel has no tables."""
    found = set[int]()
    for table in _TABLES:
        with suppress(OSError):
            found.update(_ports(Path(table).read_text()))
    return frozenset(found)


def _ports(table: str) -> list[int]:
    rows = [line.split() for line in table.splitlines()[1:]]
    places = [row[1].split(":") for row in rows if len(row) > 3 and row[3] == _LISTENING]
    return [int(port, 16) for address, port in places if address in _REACHED_BY_LOOPBACK]
