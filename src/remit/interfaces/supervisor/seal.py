"""Builds a run's packet, writes its three files and records their digests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from remit import __version__
from remit.adapters.render.views import HTML_FILE, JSON_FILE, MARKDOWN_FILE, save, views_of
from remit.model.ids import RunId
from remit.model.json import Json
from remit.model.packet import Packet
from remit.model.record import gather
from remit.services.packets import compose
from remit.services.recorder import Recorder
from remit.services.runs import Desk
from remit.system.git import Repository


@dataclass(frozen=True, slots=True)
class Sealed:
    """A built packet and the directory its files lie in."""

    packet: Packet
    folder: Path

    @property
    def html(self) -> Path:
        return self.folder / HTML_FILE


def seal(desk: Desk, recorder: Recorder, repository: Repository | None) -> Sealed:
    """Build, write and record the packet of a closed run; ``repository`` None where it is gone."""
    run: RunId = recorder.run
    folder = desk.state.run(run)
    record = gather(run, desk.ledger.recorded(run))
    now_us = desk.now_us()
    packet = compose(record, desk.ledger, repository, now_us=now_us, version=__version__)
    views = views_of(packet)
    save(views, folder)
    recorder.record_last(views.built())
    return Sealed(packet, folder)


def sealed_json(sealed: Sealed) -> dict[str, Json]:
    """``{"run", "verdict", "denied", "ledger_intact", "packet": {"json", "markdown", "html"}}``."""
    packet = sealed.packet
    return {
        "run": packet.run,
        "verdict": packet.verdict.outcome.value,
        "denied": packet.cost.held,
        "ledger_intact": packet.ledger.intact,
        "packet": {
            "json": str(sealed.folder / JSON_FILE),
            "markdown": str(sealed.folder / MARKDOWN_FILE),
            "html": str(sealed.html),
        },
    }
