"""The packet as Markdown for a pull request: short on top, the rest folded."""

from __future__ import annotations

from jinja2 import Template

from remit.adapters.render import attempts, friction, wording
from remit.adapters.render.environment import markdown_environment
from remit.model.packet import Packet
from remit.model.verdict import Severity

MAX_ROWS = 30
"""Rows of one table; forges cut a comment at 65,536 characters."""


def comment(packet: Packet) -> str:
    """The packet as one Markdown document."""
    template = _template()
    return template.render(
        p=packet,
        words=wording,
        friction=friction,
        tries=attempts,
        severity=Severity,
        limit=MAX_ROWS,
    )


def load() -> None:
    """Compile the template ahead of time."""
    _template()


def _template() -> Template:
    return markdown_environment().get_template("packet.md.j2")
