"""Reading runs back: by id or part of one, their record, their packet."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from remit.errors import IntegrityError, RemitError, UsageError
from remit.model.ids import RunId
from remit.storage.ledger import Ledger, RunSummary

if TYPE_CHECKING:  # `remit runs` must start without what reads packets
    from remit.model.packet import Packet
    from remit.storage.locate import StateDir
    from remit.system.git import Repository

LAST = "last"
PACKET_FILE = "packet.json"


def find_run(ledger: Ledger, asked: str) -> RunSummary:
    """The run named by ``asked``: an id, an unambiguous start of one, or ``last``.

    Raises UsageError with the nearest id where there is none.
    """
    runs = ledger.runs()
    if not runs:
        raise UsageError("there are no runs yet", 'start one: remit run "GOAL" -- claude -p "GOAL"')
    if asked == LAST:
        return runs[0]
    found = [summary for summary in runs if asked and summary.run.startswith(asked)]
    exact = [summary for summary in found if summary.run == asked]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if found:
        few = ", ".join(summary.run for summary in found[:3])
        raise UsageError(f"{asked!r} is the start of {len(found)} runs: {few} …", "give more of it")
    raise UsageError(f"there is no run {asked[:40]!r}", _nearest(asked, runs))


def _nearest(asked: str, runs: tuple[RunSummary, ...]) -> str:
    near = difflib.get_close_matches(asked[:40], [summary.run for summary in runs], 1, 0.5)
    return f"did you mean {near[0]}?" if near else "list them: remit runs"


@dataclass(frozen=True, slots=True)
class Stored:
    """A packet with its bytes. Where it is not ``recorded`` it says what is known so far, and the
    gate has nothing to believe it by."""

    packet: Packet
    data: bytes
    recorded: bool


def packet_of(ledger: Ledger, state: StateDir, run: RunId, *, now_us: int, version: str) -> Stored:
    """The run's packet: the recorded one, or one of what is known so far.

    Raises IntegrityError where the stored file is not the one that was recorded.
    """
    from remit.codec.packet import MAX_BYTES, packet_json, read_packet
    from remit.model.digest import digest_of
    from remit.model.record import gather
    from remit.services.packets import compose
    from remit.system.documents import read_document

    record = gather(run, ledger.recorded(run))
    path = state.run(run) / PACKET_FILE
    data = read_document(path, MAX_BYTES) if record.packet else None
    if record.packet and data is not None:
        if digest_of(data) != record.packet.json:
            message = "this packet is not the one the ledger holds"
            raise IntegrityError(message, str(path), f"check the ledger: remit ledger verify {run}")
        return Stored(read_packet(data, str(path)), data, recorded=True)
    repository = _repository_of(record.opened.root, state) if record.opened else None
    packet = compose(record, ledger, repository, now_us=now_us, version=version)
    return Stored(packet, packet_json(packet), recorded=False)


def _repository_of(root: str, state: StateDir) -> Repository | None:
    """The repository the run worked in, None where it is gone."""
    from remit.system.git import open_repository

    try:
        return open_repository(Path(root), state.repository)
    except RemitError:
        return None
