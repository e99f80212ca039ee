"""Removing snapshots that no kept run needs."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from remit.codec import manifest as codec
from remit.model.digest import Digest
from remit.model.state import Phase
from remit.services.parking import LEFT
from remit.services.runs import Desk
from remit.storage.blobs import BlobStore, Collected

_MANIFESTS = ("snapshot", "before-rollback", LEFT)


@dataclass(frozen=True, slots=True)
class Keeping:
    """Which runs keep their snapshot: the ``newest`` so many, and those begun since
    ``since_us``. None leaves that out."""

    newest: int | None
    since_us: int | None


@dataclass(frozen=True, slots=True)
class Gone:
    """What a collection did. ``runs`` lost their snapshot and cannot be rolled back any more."""

    runs: tuple[str, ...]
    blobs: Collected


def collect(desk: Desk, keeping: Keeping, store: BlobStore) -> Gone:
    """Remove what ``keeping`` does not keep; RemitError while a run works with the store."""
    store.reserve()
    folders = {folder.name: folder for folder in _folders(desk.state.root / "runs")}
    kept = _kept(desk, keeping)
    gone = sorted(name for name in folders if name not in kept)
    for name in gone:
        _remove(folders[name])
    live = {digest for name in kept & folders.keys() for digest in _digests(folders[name])}
    collected = store.collect(live)
    _remove_caches(desk.state.root / "repositories")
    return Gone(tuple(gone), collected)


def _kept(desk: Desk, keeping: Keeping) -> set[str]:
    runs = sorted(desk.ledger.runs(), key=lambda run: -run.started_us)
    kept = {lease.run for lease in desk.ledger.leases()}
    kept.update(run.run for run in runs if run.phase == Phase.PARKED)
    if keeping.newest is not None:
        kept.update(run.run for run in runs[: keeping.newest])
    if keeping.since_us is not None:
        kept.update(run.run for run in runs if run.started_us >= keeping.since_us)
    return {str(run) for run in kept}


def _folders(runs: Path) -> Iterator[Path]:
    if runs.is_dir():
        yield from (path for path in runs.iterdir() if (path / "snapshot").exists())


def _remove(folder: Path) -> None:
    for name in _MANIFESTS:
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "rules", ignore_errors=True)


def _digests(folder: Path) -> Iterable[Digest]:
    for name in _MANIFESTS:
        place = folder / name
        if place.exists():
            manifest = codec.decode(place.read_bytes(), str(place))
            yield from (Digest(node.digest) for node in manifest.nodes.values() if node.digest)


def _remove_caches(repositories: Path) -> None:
    """A cached manifest is a second name of a run's; the last name goes with the run."""
    for path in repositories.glob("*/trees/*"):
        if path.stat().st_nlink == 1:
            path.unlink()
