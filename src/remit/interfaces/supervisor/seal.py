"""Builds a run's packet, writes its three files and records their digests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from remit import __version__
from remit.adapters.render.html import page
from remit.adapters.render.markdown import comment
from remit.codec.packet import packet_json
from remit.model.digest import digest_of
from remit.model.events import PacketBuilt
from remit.model.json import Json
from remit.model.packet import LedgerProof, Packet
from remit.model.record import gather
from remit.services.gate import read_facts
from remit.services.packets import build
from remit.services.runs import Run


@dataclass(frozen=True, slots=True)
class Sealed:
    """A built packet and where it lies."""

    packet: Packet
    json: Path
    markdown: Path
    html: Path


def seal(run: Run) -> Sealed:
    """Build, write and record the packet, and let go of the run."""
    ledger, folder = run.desk.ledger, run.desk.state.run(run.id)
    record = gather(run.id, ledger.recorded(run.id))
    entries, head = ledger.head(run.id)
    proof = LedgerProof(entries, head, intact=not ledger.verify(run.id))
    made = record.commit
    facts = read_facts(run.plan.repository, made.base, made.commit) if made else None
    packet = build(record, facts=facts, proof=proof, now_us=run.desk.now_us(), version=__version__)
    sealed = Sealed(packet, folder / "packet.json", folder / "packet.md", folder / "packet.html")
    as_json = packet_json(packet)
    markdown, html = comment(packet).encode(), page(packet).encode()
    for path, data in ((sealed.json, as_json), (sealed.markdown, markdown), (sealed.html, html)):
        path.write_bytes(data)
    run.recorder.record_last(PacketBuilt(digest_of(as_json), digest_of(markdown), digest_of(html)))
    run.closing.close()
    return sealed


def sealed_json(sealed: Sealed) -> dict[str, Json]:
    """``{"run", "verdict", "denied", "ledger_intact", "packet": {"json", "markdown", "html"}}``."""
    packet = sealed.packet
    return {
        "run": packet.run,
        "verdict": packet.verdict.outcome.value,
        "denied": packet.cost.held,
        "ledger_intact": packet.ledger.intact,
        "packet": {
            "json": str(sealed.json),
            "markdown": str(sealed.markdown),
            "html": str(sealed.html),
        },
    }
