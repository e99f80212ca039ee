"""The packet as one self-contained page: no script, nothing loaded, prints well."""

from __future__ import annotations

from jinja2 import Template

from remit.adapters.render import attempts, friction, wording
from remit.adapters.render.environment import html_environment
from remit.model.packet import Packet
from remit.model.verdict import Severity

MAX_ROWS = 200
"""Rows of one table; what is beyond is counted and stands in the JSON."""


def page(packet: Packet) -> str:
    """The whole HTML document."""
    template = _template()
    return template.render(
        p=packet,
        words=wording,
        friction=friction,
        tries=attempts,
        severity=Severity,
        limit=MAX_ROWS,
        restored={path.text for path in packet.restored},
    )


def load() -> None:
    """Compile the template ahead of time."""
    _template()


def _template() -> Template:
    return html_environment().get_template("packet.html.j2")
