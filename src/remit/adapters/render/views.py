"""The packet's three files: JSON is the packet, Markdown and HTML are views of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from remit.adapters.render import html, markdown
from remit.codec.packet import packet_json
from remit.model.digest import digest_of
from remit.model.events import PacketBuilt
from remit.model.packet import Packet
from remit.system.documents import replace_document

JSON_FILE = "packet.json"
MARKDOWN_FILE = "packet.md"
HTML_FILE = "packet.html"


@dataclass(frozen=True, slots=True)
class Views:
    """The bytes of the three files."""

    json: bytes
    markdown: bytes
    html: bytes

    def built(self) -> PacketBuilt:
        """The event that makes these bytes the packet of the run."""
        return PacketBuilt(digest_of(self.json), digest_of(self.markdown), digest_of(self.html))


def views_of(packet: Packet) -> Views:
    return Views(packet_json(packet), markdown.comment(packet).encode(), html.page(packet).encode())


def load() -> None:
    """Compile the templates ahead of time: about 200 ms that a person would wait for."""
    html.load()
    markdown.load()


def save(views: Views, directory: Path) -> None:
    """Write the files into a run's directory; record ``views.built()`` after it."""
    files = ((JSON_FILE, views.json), (MARKDOWN_FILE, views.markdown), (HTML_FILE, views.html))
    for name, data in files:
        replace_document(directory / name, data.decode())
