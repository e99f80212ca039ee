"""What changed in the tree since its snapshot, by whatever means (requirements §0.9)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from remit.model.digest import Digest
from remit.model.events import TreeCompared
from remit.model.tree import Change, Node, NodeKind, PathChange, Standing
from remit.services.activity import Activity
from remit.services.snapshot import DIGEST_LIMIT, KEEP_LIMIT, Snapshot, in_git, parents_of, under
from remit.storage.blobs import BlobStore
from remit.system import tree


@dataclass(frozen=True, slots=True)
class Boundary:
    """What of the contract a comparison needs: patterns as questions about one path."""

    edit: Callable[[str], bool]
    artifacts: Callable[[str], bool]
    is_secret: Callable[[str], bool]


@dataclass(slots=True)
class Comparison:
    """Compares one run's tree with its snapshot. ``now_us`` is the wall clock."""

    snapshot: Snapshot
    store: BlobStore
    boundary: Boundary
    now_us: Callable[[], int]
    activity: Activity = field(init=False)
    reported: dict[str, PathChange] = field(default_factory=dict)
    """Every path that stands differently from the snapshot, as last reported."""
    _known: dict[str, Node] = field(init=False)
    _root: bytes = field(init=False)
    _stat_only: frozenset[str] = field(init=False)
    _blocked: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        manifest = self.snapshot.manifest
        self.activity = Activity.since(manifest.taken_us * 1000)
        self._known = dict(manifest.nodes)
        self._root = os.fsencode(self.snapshot.repository.root)
        self._stat_only = frozenset(manifest.stat_only)

    @property
    def nodes(self) -> Mapping[str, Node]:
        """The tree as last seen."""
        return self._known

    def compare(self) -> TreeCompared:
        """What stands differently than at the last comparison."""
        return self.compare_full()

    def compare_full(self) -> TreeCompared:
        """As :meth:`compare`, with the status of every file read."""
        began_us = self.now_us()
        seen = tree.walk(self._root)
        known = self._known
        touched = {
            path: node
            for path, node in seen.nodes.items()
            if (last := known.get(path)) is None or last[:6] != node[:6]
        }
        hidden = frozenset(seen.unlistable)
        gone = [path for path in known.keys() - seen.nodes.keys() if not under(path, hidden)]
        changes = self._examine(touched, gone)
        return self._result(changes, began_us, full=True)

    def _result(self, changes: tuple[PathChange, ...], began_us: int, full: bool) -> TreeCompared:
        self.activity.compared(began_us * 1000)
        return TreeCompared(changes, full, self.now_us() - began_us)

    # from places to changes

    def _examine(self, touched: dict[str, Node], gone: Iterable[str]) -> tuple[PathChange, ...]:
        before = {path: self._known.get(path) for path in touched}
        for path in gone:
            before[path] = self._known.pop(path)
        for path, node in touched.items():
            self._known[path] = self._read(path, node)
        asked = set(before)
        for path in before:
            asked.update(parents_of(path)[:1])
        changed = {path: change for path in asked if (change := self._change(path)) is not None}
        standing = self._standings(changed)
        return self._news(asked, changed, standing)

    def _read(self, path: str, node: Node) -> Node:
        if node.kind not in (NodeKind.FILE, NodeKind.LINK) or under(path, self._stat_only):
            return node
        if node.size > DIGEST_LIMIT:
            return node
        try:
            now_ns = self.now_us() * 1000
            algorithm = self.snapshot.repository.algorithm
            reading = tree.read_node(self._root, path, node, now_ns, KEEP_LIMIT, algorithm)
        except OSError:
            return node
        if reading.data is not None and not self.boundary.is_secret(path):
            self.store.put(reading.node.digest, reading.data)
        return reading.node

    def _change(self, path: str) -> Change | None:
        before, now = self.snapshot.manifest.nodes.get(path), self._known.get(path)
        change = difference(before, now)
        if change is Change.ADDED and now is not None and now.kind is NodeKind.DIRECTORY:
            return None if self._has_children(path, self._known) else change
        if change is Change.DELETED and before is not None and before.kind is NodeKind.DIRECTORY:
            return None if self._has_children(path, self.snapshot.manifest.nodes) else change
        return change

    def _has_children(self, directory: str, nodes: Iterable[str]) -> bool:
        prefix = f"{directory}/"
        return any(path.startswith(prefix) for path in nodes)

    def _standings(self, changed: dict[str, Change]) -> dict[str, Standing]:
        ignored = self._ignored_then(changed)
        return {path: self._standing(path, ignored) for path in changed}

    def _standing(self, path: str, ignored: frozenset[str]) -> Standing:
        if not in_git(path):
            if self.boundary.edit(path) or self.boundary.edit(f"{path}/"):
                return Standing.IN_SCOPE
            if path in ignored:
                return Standing.ARTIFACT
        return Standing.OTHERS if self._by_others(path) else Standing.OUT_OF_SCOPE

    def _ignored_then(self, changed: Iterable[str]) -> frozenset[str]:
        """Those artifacts among ``changed`` that the snapshot's rules ignored."""
        manifest, artifacts = self.snapshot.manifest, self.boundary.artifacts
        wanted = [p for p in changed if artifacts(p) or artifacts(f"{p}/")]
        fresh = [p for p in wanted if p not in manifest.nodes]
        asked = self.snapshot.rules.ignored(fresh)
        return asked.union(
            path for path in wanted if path in manifest.ignored or under(path, self._stat_only)
        )

    def _by_others(self, path: str) -> bool:
        node = tree.look(self._root, path) or tree.look(self._root, path.rpartition("/")[0])
        return node is not None and self.activity.excludes(node.ctime_ns, self.now_us() * 1000)

    def _news(
        self, asked: Iterable[str], changed: dict[str, Change], standing: dict[str, Standing]
    ) -> tuple[PathChange, ...]:
        news = []
        for path in sorted(asked):
            change = self._described(path, changed, standing)
            if change is not None and change != self.reported.get(path):
                self.reported[path] = change
                news.append(change)
            elif change is None and (last := self.reported.pop(path, None)) is not None:
                news.append(self._back(last))
        return tuple(news)

    def _back(self, last: PathChange) -> PathChange:
        return PathChange(
            last.path, Change.BACK, last.standing, last.before, last.before, last.restorable
        )

    def _described(
        self, path: str, changed: dict[str, Change], standing: dict[str, Standing]
    ) -> PathChange | None:
        if path not in changed:
            return None
        before = self.snapshot.manifest.nodes.get(path)
        now = self._known.get(path)
        return PathChange(
            path,
            changed[path],
            standing[path],
            _digest(before),
            _digest(now),
            restorable(before, self.store),
        )


def difference(before: Node | None, now: Node | None) -> Change | None:
    """How ``now`` differs from ``before``, or None. Directories differ by their mode alone."""
    if before is None or now is None:
        if before is now:
            return None
        return Change.ADDED if before is None else Change.DELETED
    if before.kind is not now.kind or before.mode >> 12 != now.mode >> 12:
        return Change.KIND
    if before.kind in (NodeKind.FILE, NodeKind.LINK) and _content_differs(before, now):
        return Change.MODIFIED
    if before.mode != now.mode and before.kind is not NodeKind.LINK:
        return Change.MODE
    return None


def _content_differs(before: Node, now: Node) -> bool:
    if before.digest and now.digest:
        return before.digest != now.digest
    same = before[1:5] == now[1:5]
    return not same


def restorable(before: Node | None, store: BlobStore) -> bool:
    """Whether the snapshot holds what it takes to bring this node back."""
    if before is None or before.kind is NodeKind.DIRECTORY:
        return True
    return bool(before.digest) and before.digest in store


def _digest(node: Node | None) -> Digest | None:
    return Digest(node.digest) if node is not None and node.digest else None
