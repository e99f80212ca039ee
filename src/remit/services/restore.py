"""Bringing given paths back to what the snapshot holds: content, mode, links, and absence.

What stands there now is kept first, so a restore can itself be undone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from remit.codec import manifest as codec
from remit.errors import RemitError
from remit.model.digest import Digest
from remit.model.tree import Change, Manifest, Node, NodeKind
from remit.services.observe import difference
from remit.services.snapshot import KEEP_LIMIT, parents_of
from remit.storage.blobs import BlobStore
from remit.system import tree
from remit.system.put_back import CannotPutBack, put_back, remove, set_mode

ABSENT = Node(0, 0, 0, 0, 0, 0)
"""Stands in an undo manifest where nothing stood."""


class Action(StrEnum):
    WRITE = "write"
    REMOVE = "remove"
    MODE = "mode"
    NOTHING = "nothing"
    """It stands as in the snapshot already."""
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Step:
    """What restoring one path does, or why it is not done."""

    path: str
    action: Action
    note: str = ""


@dataclass(frozen=True, slots=True)
class Restorer:
    """Restores paths of one tree. ``folder`` is where the way back is kept."""

    manifest: Manifest
    store: BlobStore
    folder: Path
    algorithm: str = "sha1"

    @property
    def root(self) -> bytes:
        return tree.to_bytes(self.manifest.root)

    @property
    def place(self) -> Path:
        """The working tree."""
        return Path(self.manifest.root)

    def stands_as(self, path: str, digest: Digest | None) -> bool:
        """Whether ``path`` has the content ``digest`` now; None is "nothing readable"."""
        now = self._now(path)
        return (now.digest if now is not None else "") == (digest or "")

    def preview(self, paths: Iterable[str]) -> tuple[Step, ...]:
        """What :meth:`restore` would do; touches nothing."""
        return tuple(self._step(path)[0] for path in sorted(set(paths)))

    def restore(self, paths: Iterable[str]) -> tuple[Step, ...]:
        """Restore exactly ``paths``: first what is to go, deepest first, then what comes back.

        A step that turns out impossible comes back as a refusal with its reason.
        """
        planned = [self._step(path) for path in sorted(set(paths))]
        self._keep_way_back(planned)
        done = {step.path: step for step, _ in planned}
        gone = [step for step, _ in planned if step.action is Action.REMOVE]
        for step in sorted(gone, key=lambda step: -step.path.count("/")):
            done[step.path] = self._carried_out(step)
        for step, _ in planned:
            if step.action in (Action.WRITE, Action.MODE):
                done[step.path] = self._carried_out(step)
        self._tidy(step.path for step in gone)
        return tuple(done.values())

    def _step(self, path: str) -> tuple[Step, Node | None]:
        before, now = self._before(path), self._now(path)
        change = difference(before, now)
        if change is None:
            return Step(path, Action.NOTHING), now
        if before is None:
            return Step(path, Action.REMOVE), now
        if change is Change.MODE:
            return Step(path, Action.MODE), now
        if before.kind is NodeKind.DIRECTORY or before.digest in self.store:
            return Step(path, Action.WRITE), now
        return Step(path, Action.REFUSE, _why_not_kept(path, before, self.manifest)), now

    def _before(self, path: str) -> Node | None:
        node = self.manifest.nodes.get(path)
        return None if node == ABSENT else node

    def _now(self, path: str) -> Node | None:
        """What stands at ``path``, read and kept, so that it can be brought back in turn."""
        node = tree.look(self.root, path)
        if node is None or node.kind not in (NodeKind.FILE, NodeKind.LINK):
            return node
        try:
            reading = tree.read_warily(self.root, path, node, 0, KEEP_LIMIT, self.algorithm)
        except OSError:
            return node
        if reading.data is not None:
            self.store.put(reading.node.digest, reading.data)
        return reading.node

    def _keep_way_back(self, planned: Iterable[tuple[Step, Node | None]]) -> None:
        nodes = {step.path: now or ABSENT for step, now in planned}
        self.store.sync()
        way_back = replace(self.manifest, nodes=nodes, ignored=frozenset(), stat_only=())
        place = self.folder / "before-rollback"
        place.touch(mode=0o600)
        place.write_bytes(codec.encode(way_back))

    def _carried_out(self, step: Step) -> Step:
        try:
            match step.action, self._before(step.path):
                case Action.REMOVE, _:
                    remove(self.root, step.path)
                case Action.MODE, Node() as node:
                    set_mode(self.root, step.path, node)
                case _, Node() as node:
                    data = self.store.read(Digest(node.digest)) if node.digest else None
                    put_back(self.root, step.path, node, data, self.manifest.nodes)
        except CannotPutBack as error:
            return Step(step.path, Action.REFUSE, str(error))
        return step

    def _tidy(self, removed: Iterable[str]) -> None:
        """Remove directories above what was removed where the snapshot had none and none is
        needed; one that still holds something stays."""
        above = {parent for path in removed for parent in parents_of(path)}
        fresh = [parent for parent in above if parent not in self.manifest.nodes]
        for parent in sorted(fresh, key=lambda parent: -parent.count("/")):
            with contextlib.suppress(CannotPutBack):
                remove(self.root, parent)


def _why_not_kept(path: str, before: Node, manifest: Manifest) -> str:
    if path in manifest.digest_only:
        return "the snapshot kept only its digest (a secret, or over 50 MB)"
    if path in manifest.unreadable:
        return "it could not be read when the snapshot was taken"
    if before.kind is NodeKind.OTHER:
        return "a pipe, socket or device is not restored"
    return "the snapshot kept only its status (a dependency directory)"


def way_back(folder: Path) -> Manifest:
    """The manifest that undoes the last restore of a run; RemitError where there is none."""
    place = folder / "before-rollback"
    if not place.exists():
        raise RemitError("nothing was restored in this run yet", "leave out --undo")
    return codec.decode(place.read_bytes(), str(place))
