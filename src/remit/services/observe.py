"""What changed in the tree since its snapshot, by whatever means."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from remit.errors import RemitError
from remit.model.budget_events import PatchMeasured
from remit.model.contract import Scope
from remit.model.digest import Digest, digest_of
from remit.model.events import TreeCompared
from remit.model.tree import Change, Manifest, Node, NodeKind, PathChange, Standing
from remit.policy.matching import get_patterns
from remit.policy.zones import is_secret
from remit.services.activity import Activity
from remit.services.patch import OWN, Patch
from remit.services.places import Found, Places, View
from remit.services.snapshot import DIGEST_LIMIT, KEEP_LIMIT, Snapshot, in_git, under
from remit.storage.blobs import BlobStore
from remit.system import tree


@dataclass(frozen=True, slots=True)
class Boundary:
    """What of the contract a comparison needs: patterns as questions about one path."""

    edit: Callable[[str], bool]
    artifacts: Callable[[str], bool]
    is_secret: Callable[[str], bool]


def boundary_of(scope: Scope) -> Boundary:
    """The questions a contract's scope answers."""
    edit, artifacts = get_patterns(scope.edit), get_patterns(scope.artifacts)
    return Boundary(edit.matches, artifacts.matches, is_secret)


@dataclass(slots=True)
class Comparison:
    """Compares one run's tree with its snapshot. ``now_us`` is the wall clock."""

    snapshot: Snapshot
    store: BlobStore
    boundary: Boundary
    now_us: Callable[[], int]
    descendants_alive: Callable[[], bool] = lambda: True
    """Whether a process of the run other than the client lives; not knowing is yes."""
    seen: Manifest | None = None
    """The tree as a parked run left it, when it goes on; nothing of the run lived since."""
    granted: frozenset[str] = frozenset()
    """Paths that people granted beside the contract, as they stand now."""
    activity: Activity = field(init=False)
    reported: dict[str, PathChange] = field(default_factory=dict)
    """Every path that stands differently from the snapshot, as last reported."""
    _places: Places = field(init=False)
    _root: bytes = field(init=False)
    _root_inode: int = field(init=False)
    _stat_only: frozenset[str] = field(init=False)
    _full_then: frozenset[str] = field(init=False)
    """Directories that held something in the snapshot."""
    _settled: bool = False
    _patch: Patch | None = None

    def __post_init__(self) -> None:
        manifest = self.snapshot.manifest
        root = tree.look(os.fsencode(self.snapshot.repository.root), "")
        self._root_inode = root.inode if root is not None else 0
        seen = self.seen or manifest
        self.activity = Activity.since(seen.taken_us * 1000)
        self._root = os.fsencode(self.snapshot.repository.root)
        self._stat_only = frozenset(manifest.stat_only)
        self._places = Places(self._root, View.of(seen.nodes))
        self._places.start()
        self._places.racy.update(p for p, n in seen.nodes.items() if n.digest and not n.ctime_ns)
        self._full_then = frozenset(path.rpartition("/")[0] for path in manifest.nodes)

    @property
    def nodes(self) -> Mapping[str, Node]:
        """The tree as last seen."""
        return self._places.view.nodes

    def compare(self) -> TreeCompared:
        """What stands differently than at the last comparison; the first one is full."""
        self._require_same_root()
        began_us = self.now_us()
        found = self._places.quickly() if self._settled else None
        if found is None:
            return self.compare_full()
        return self._result(found, began_us, False)

    def compare_full(self) -> TreeCompared:
        """As :meth:`compare`, with the status of every file read."""
        self._require_same_root()
        began_us = self.now_us()
        compared = self._result(self._places.everywhere(), began_us, True)
        self._places.settle()
        self._settled = True
        return compared

    def _require_same_root(self) -> None:
        """Another directory, or a link, in the place of the tree would be compared in its stead. A
        tree that is gone is compared: everything of it is deleted."""
        try:
            inode = os.lstat(self._root).st_ino
        except FileNotFoundError:
            return
        if inode != self._root_inode:
            raise RemitError(
                f"{self.snapshot.repository.root} is not the directory any more in which the run"
                " started",
                "look where it was moved to, and move it back",
            )

    def permit(self, paths: frozenset[str]) -> None:
        """From now on ``paths`` may be changed beside what the contract says."""
        self.granted = paths

    def measure(self, compared: TreeCompared) -> PatchMeasured:
        """How large the run's own change is after ``compared``; the first time, all of it."""
        whole = self._patch is None
        self._patch = self._patch or Patch(self._root, self.store.peek)
        return self._patch.take(self.reported.values() if whole else compared.changes)

    def fingerprint(self) -> str:
        """A digest of what the run changed as last compared; "" where nothing is changed."""
        own = sorted(
            (change.path, change.change.value, change.after or "")
            for change in self.reported.values()
            if change.standing in OWN
        )
        return digest_of(repr(own).encode("utf-8", "surrogatepass")) if own else ""

    def began(self) -> None:
        """A call of the agent starts: from now on changes may be its own."""
        self.activity.began(self.now_us() * 1000)

    def ended(self) -> None:
        """No call is in flight any more; what still runs of the run may go on writing."""
        self.activity.ended(self.now_us() * 1000, self.descendants_alive())

    def close(self) -> None:
        """Give the watches back."""
        self._places.close()

    def _result(self, found: Found, began_us: int, full: bool) -> TreeCompared:
        changes = self._examine(found)
        self.activity.compared(began_us * 1000)
        return TreeCompared(changes, full, self.now_us() - began_us)

    # from places to changes

    def _examine(self, found: Found) -> tuple[PathChange, ...]:
        view, hidden = self._places.view, frozenset(found.unlistable)
        asked = set(found.touched)
        for path in found.gone:
            if not under(path, hidden):
                view.drop(path)
                asked.add(path)
        for path, node in found.touched.items():
            view.put(path, self._read(path, node))
        asked.update(path.rpartition("/")[0] for path in tuple(asked) if "/" in path)
        changed = {path: change for path in asked if (change := self._change(path)) is not None}
        return self._news(asked, changed, self._standings(changed))

    def _read(self, path: str, node: Node) -> Node:
        if node.kind not in (NodeKind.FILE, NodeKind.LINK) or under(path, self._stat_only):
            return node
        if node.size > DIGEST_LIMIT:
            return node
        try:
            now_ns = self.now_us() * 1000
            algorithm = self.snapshot.repository.algorithm
            reading = tree.read_warily(self._root, path, node, now_ns, KEEP_LIMIT, algorithm)
        except OSError:
            return node
        if reading.data is not None and not self.boundary.is_secret(path):
            self.store.put(reading.node.digest, reading.data)
        self._note_racy(path, reading.node)
        return reading.node

    def _note_racy(self, path: str, node: Node) -> None:
        if node.ctime_ns == 0:
            self._places.racy.add(path)
        else:
            self._places.racy.discard(path)

    def _change(self, path: str) -> Change | None:
        before, now = self.snapshot.manifest.nodes.get(path), self.nodes.get(path)
        change = difference(before, now)
        if change is Change.ADDED and tree.is_branch_of_run(path):
            return None
        if change is Change.ADDED and now is not None and now.kind is NodeKind.DIRECTORY:
            return None if self._places.view.children.get(path) else change
        if change is Change.DELETED and before is not None and before.kind is NodeKind.DIRECTORY:
            return None if path in self._full_then else change
        return change

    def _standings(self, changed: dict[str, Change]) -> dict[str, Standing]:
        return {path: self._standing(path) for path in changed}

    def _standing(self, path: str) -> Standing:
        if not in_git(path):
            if self._is_artifact(path):
                return Standing.ARTIFACT
            if (
                path in self.granted
                or self.boundary.edit(path)
                or (self._is_directory(path) and self.boundary.edit(f"{path}/"))
            ):
                return Standing.IN_SCOPE
        return Standing.OTHERS if self._by_others(path) else Standing.OUT_OF_SCOPE

    def _is_directory(self, path: str) -> bool:
        """A pattern such as ``src/**`` means what lies in the directory ``src``, and so that
        directory too; a link or file in its place is something else."""
        node = self.nodes.get(path) or self.snapshot.manifest.nodes.get(path)
        return node is not None and node.kind is NodeKind.DIRECTORY

    def _is_artifact(self, path: str) -> bool:
        """Written in passing: a place the contract names for that, and nothing git keeps. Whether
        the repository ignores it plays no part: a bytecode cache is one in either case, and
        what is an artifact never goes into the run's commit."""
        node = self.nodes.get(path) or self.snapshot.manifest.nodes.get(path)
        if node is None or path in self.snapshot.tracked:
            return False
        ending = "/" if node.kind is NodeKind.DIRECTORY else ""
        return self.boundary.artifacts(path + ending)

    def _by_others(self, path: str) -> bool:
        """From the status as just seen; for what is gone, from that of its directory."""
        above = path.rpartition("/")[0]
        parent = self.nodes.get(above) if above else tree.look(self._root, "")
        node = self.nodes.get(path) or parent
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
        now = self.nodes.get(path)
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
