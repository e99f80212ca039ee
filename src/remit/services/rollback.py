"""Rolling back what a finished run changed, and taking that back again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remit.errors import IntegrityError, RemitError, UsageError
from remit.model import events as e
from remit.model.digest import digest_of
from remit.model.ids import RunId, is_run_id
from remit.model.record import RunRecord, gather
from remit.model.steering import SteeringCompared
from remit.model.tree import Change, PathChange, Standing
from remit.services import steering
from remit.services.restore import Action, Restorer, Step, way_back
from remit.services.runs import Desk
from remit.services.snapshot import load
from remit.services.steering_restore import Restorers
from remit.storage.blobs import BlobStore
from remit.storage.tree_lock import tree_lock


@dataclass(frozen=True, slots=True)
class Rollback:
    """A run whose paths are to be restored. ``paths`` are what was asked, or what stands out of
    scope; ``asked`` says that a person named them."""

    desk: Desk
    run: RunId
    record: RunRecord
    restorer: Restorers
    paths: tuple[str, ...]
    asked: bool

    def preview(self) -> tuple[Step, ...]:
        """What would be done; touches nothing in the tree."""
        safe, changed_since = self._parted()
        return tuple(sorted((*self.restorer.preview(safe), *changed_since), key=_path))

    def carry_out(self, by: str) -> tuple[Step, ...]:
        """Restore, and record which paths came back; ``by`` names the person."""
        safe, changed_since = self._parted()
        root = self.record.opened.root if self.record.opened else self.restorer.tree.manifest.root
        with tree_lock(self.desk.state, self.restorer.tree.place, self.run):
            steps = self.restorer.restore(safe)
            back = [step.path for step in steps if step.action is not Action.REFUSE]
            self._append(self._events(back, f"{by} in {root}"))
        return tuple(sorted((*steps, *changed_since), key=_path))

    def _parted(self) -> tuple[list[str], list[Step]]:
        """Paths that stand as the run left them, and refusals for those changed since."""
        safe, changed = [], []
        for path in self.paths:
            left = self.record.changes.get(path)
            if self.asked or left is None or self.restorer.stands_as(path, left.after):
                safe.append(path)
            else:
                note = "it changed again after the run; name it with --paths to restore it anyway"
                changed.append(Step(path, Action.REFUSE, note))
        return safe, changed

    def _events(self, paths: Sequence[str], by: str) -> list[e.Event]:
        """What the record must hear: paths that left the run's changes, or came back to them."""
        restored = tuple(path for path in paths if path in self.record.changes)
        again = [path for path in paths if path not in self.record.changes]
        earlier = _earlier_changes(self.desk, self.run)
        changes = tuple(earlier[path] for path in again if path in earlier)
        events: list[e.Event] = [e.PathsRestored(restored, by)] if restored else []
        return [*events, e.TreeCompared(changes, False, 0)] if changes else events

    def _append(self, events: Sequence[e.Event]) -> None:
        if not events:
            return
        ledger, now_us = self.desk.ledger, self.desk.now_us
        lease = ledger.acquire(self.run, self.desk.holder, now_us())
        try:
            ledger.append(lease, events, now_us())
        finally:
            ledger.release(lease)


def open_rollback(desk: Desk, run: str, paths: Sequence[str], store: BlobStore) -> Rollback:
    """The rollback of ``paths``, or of everything the run left out of scope."""
    record = _record(desk, run)
    folder = desk.state.run(run)
    place = folder / "snapshot"
    if not place.exists():
        raise RemitError(
            f"the snapshot of run {run} is gone", "remit gc removed it; git has the run's branch"
        )
    data = place.read_bytes()
    if record.snapshot is None or digest_of(data) != record.snapshot.digest:
        raise IntegrityError("the snapshot is not the one the ledger names", str(place))
    tree, noted = Restorer(load(place), store, folder), record.steering
    notes = steering.load(folder, noted.digest) if noted else {}
    restorer = Restorers(tree, folder, notes)
    return Rollback(desk, RunId(run), record, restorer, _wanted(record, paths), bool(paths))


def open_undo(desk: Desk, run: str, store: BlobStore) -> Rollback:
    """The way back from the last rollback of ``run``."""
    record = _record(desk, run)
    folder = desk.state.run(run)
    manifest = way_back(folder)
    paths = tuple(manifest.nodes)
    restorer = Restorers(Restorer(manifest, store, folder), folder)
    return Rollback(desk, RunId(run), record, restorer, paths, True)


def _record(desk: Desk, run: str) -> RunRecord:
    if not is_run_id(run):
        raise UsageError(f"{run!r} is not a run id", "list them: remit runs")
    record = gather(run, desk.ledger.recorded(RunId(run)))
    if record.frozen is None:
        raise UsageError(f"there is no run {run}", "list them: remit runs")
    if record.opened and record.opened.copy:
        raise UsageError(
            f"run {run} worked in a copy of its own: nothing in {record.opened.root} is to be put "
            "back",
            f"to drop its result: git branch -D remit/{run}",
        )
    return record


def _earlier_changes(desk: Desk, run: RunId) -> dict[str, PathChange]:
    """The last change of every path that the run ever changed, restored since or not."""
    return {
        change.path: change
        for item in desk.ledger.recorded(run)
        if isinstance(item.event, e.TreeCompared | SteeringCompared)
        for change in item.event.changes
        if change.change is not Change.BACK
    }


def _wanted(record: RunRecord, paths: Sequence[str]) -> tuple[str, ...]:
    if not paths:
        return tuple(path for path, change in record.changes.items() if _crossed(change))
    unknown = [path for path in paths if path not in record.changes]
    if unknown:
        raise UsageError(
            f"run {record.run} did not change {', '.join(unknown[:5])}",
            f"see what it changed: remit show {record.run}",
        )
    return tuple(paths)


def _crossed(change: PathChange) -> bool:
    return change.standing is Standing.OUT_OF_SCOPE


def _path(step: Step) -> str:
    return step.path
