"""The packet as one self-contained page: no script, nothing loaded, prints well."""

from __future__ import annotations

from remit.adapters.render import wording
from remit.adapters.render.environment import html_environment
from remit.model.packet import Packet
from remit.model.verdict import Severity

MAX_ROWS = 200
"""Rows of one table; what is beyond is counted and stands in the JSON."""


def page(packet: Packet) -> str:
    """The whole HTML document."""
    template = html_environment().get_template("packet.html.j2")
    return template.render(
        p=packet,
        words=wording,
        severity=Severity,
        limit=MAX_ROWS,
        restored={path.text for path in packet.restored},
    )
