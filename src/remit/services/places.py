"""Where to look after a batch, so that a comparison need not read every status.

Four sources, none trusted alone: what the watcher names, the status of directories, files
that may change unseen (once written, more than one name, read too soon), and a rotating sample
of all others. Whatever is doubtful ends in looking everywhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from remit.model.tree import Node, NodeKind
from remit.system import tree
from remit.system.watch import CannotWatch, Watcher

SAMPLE = 100
"""Files looked at in turn with every comparison."""
DIRECTORIES = 400
"""Directories whose status is read with every comparison; of more than these, in turn."""
SUSPECTS = 1_000
"""So many files that may change unseen are looked at each time; the others join the sample."""


@dataclass(slots=True)
class View:
    """The tree as last seen, with the names in every directory."""

    nodes: dict[str, Node]
    children: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, nodes: Mapping[str, Node]) -> View:
        view = cls({})
        for path, node in nodes.items():
            view.put(path, node)
        return view

    def put(self, path: str, node: Node) -> None:
        self.nodes[path] = node
        self.children.setdefault(path.rpartition("/")[0], set()).add(path)

    def drop(self, path: str) -> None:
        self.nodes.pop(path, None)
        siblings = self.children.get(path.rpartition("/")[0])
        if siblings is not None:
            siblings.discard(path)

    def below(self, path: str) -> list[str]:
        """``path`` and everything below it."""
        found = [path]
        for place in found:
            found.extend(self.children.get(place, ()))
        return found


@dataclass(slots=True)
class Found:
    """What stands differently: nodes as a look says now, and paths that are gone."""

    touched: dict[str, Node] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    unlistable: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Places:
    """Looks at the tree below ``root``. Without a watcher it looks everywhere each time."""

    root: bytes
    view: View
    racy: set[str] = field(default_factory=set)
    """Files read so soon after a change that their status may not vouch for their content."""
    _written: set[str] = field(default_factory=set)
    _linked: frozenset[str] = frozenset()
    _watcher: Watcher | None = None
    _directories: list[str] = field(default_factory=list)
    _turn: list[str] = field(default_factory=list)
    _plain: dict[str, bool] = field(default_factory=dict)
    _place: int = 0

    def start(self) -> None:
        """Begin to watch; call it before the last full look, so that nothing falls between."""
        self.close()
        try:
            self._watcher = Watcher(self.root)
            self._watcher.add(["", *_directories(self.view.nodes)])
        except CannotWatch:
            self.close()

    def close(self) -> None:
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None

    def everywhere(self) -> Found:
        """Read the status of everything."""
        seen = tree.walk_differing(self.root, self.view.nodes)
        gone = self.view.nodes.keys() - seen.present
        return Found(seen.touched, set(gone), seen.unlistable)

    def settle(self) -> None:
        """Take the view as a look everywhere left it for the quick looks to come."""
        self._directories = list(_directories(self.view.nodes))
        linked = (path for path, node in self.view.nodes.items() if _has_more_names(node))
        self._linked = frozenset(islice(linked, SUSPECTS))
        self._watch(self._directories)

    def quickly(self) -> Found | None:
        """What the four sources say, or None where only looking everywhere will do."""
        if self._watcher is None:
            return None
        noticed = self._watcher.read()
        if noticed.lost:
            return None
        fresh = {path for path in noticed.contents if _counts(path)}
        if len(self.racy) > SUSPECTS:
            return None
        found = Found()
        self._plain.clear()
        for directory in {"", *noticed.listings, *self._stale_directories()}:
            self._list(directory, found)
        for paths in (fresh, self._written, self.racy, self._linked, self._sample()):
            self._look(paths, found)
        self._written = set(islice(fresh | self._written, SUSPECTS))
        found.gone -= found.touched.keys()
        return found

    def _stale_directories(self) -> set[str]:
        nodes, root = self.view.nodes, self.root + b"/"
        stale = set()
        for path in self._directories_in_turn():
            known = nodes.get(path)
            if known is None:
                continue
            try:
                status = os.lstat(root + tree.to_bytes(path))
            except OSError:
                stale.add(path.rpartition("/")[0])
                continue
            if status.st_ctime_ns != known.ctime_ns or status.st_ino != known.inode:
                stale.add(path)
        return stale

    def _directories_in_turn(self) -> list[str]:
        start = self._place
        if len(self._directories) <= DIRECTORIES:
            return self._directories
        self._place = (start + DIRECTORIES) % len(self._directories)
        turn = self._directories[start : start + DIRECTORIES]
        return turn + self._directories[: DIRECTORIES - len(turn)]

    def _list(self, directory: str, found: Found) -> None:
        """Compare the names in ``directory`` with those known; walk what is new."""
        own = tree.look(self.root, directory) if directory else None
        if directory and (own is None or own.kind is not NodeKind.DIRECTORY):
            self._look([directory], found)
            return
        if own is not None:
            found.touched[directory] = own
        names = dict(tree.list_directory(self.root, directory, found.unlistable))
        if directory in found.unlistable:
            return
        for path in self.view.children.get(directory, set()) - names.keys():
            found.gone.update(self.view.below(path))
        for path, node in names.items():
            self._compare(path, node, found)

    def _look(self, paths: Iterable[str], found: Found) -> None:
        for path in paths:
            if not _counts(path):
                continue
            node = tree.look(self.root, path) if self._is_plain(path.rpartition("/")[0]) else None
            if node is tree.HIDDEN:
                continue
            if node is not None:
                self._compare(path, node, found)
            elif path in self.view.nodes:
                found.gone.update(self.view.below(path))

    def _is_plain(self, directory: str) -> bool:
        """Whether the way to ``directory`` leads through no link, as far as this look knows."""
        way = []
        while directory and directory not in self._plain:
            way.append(directory)
            directory = directory.rpartition("/")[0]
        known = self._plain.get(directory, True)
        for place in reversed(way):
            known = known and self._is_passable(place)
            self._plain[place] = known
        return known

    def _is_passable(self, directory: str) -> bool:
        node = tree.look(self.root, directory)
        return node is tree.HIDDEN or (node is not None and node.kind is NodeKind.DIRECTORY)

    def _compare(self, path: str, node: Node, found: Found) -> None:
        known = self.view.nodes.get(path)
        if known is not None and known[:6] == node[:6]:
            return
        found.touched[path] = node
        if node.kind is NodeKind.DIRECTORY and (known is None or known.inode != node.inode):
            self._enter(path)
            self._list_new(path, found)
        elif known is not None and known.kind is NodeKind.DIRECTORY is not node.kind:
            found.gone.update(set(self.view.below(path)) - {path})

    def _list_new(self, path: str, found: Found) -> None:
        """Everything in a directory that was not there before, watched before it is read."""
        for below, node in tree.walk(self.root, path).nodes.items():
            found.touched[below] = node
            if node.kind is NodeKind.DIRECTORY:
                self._enter(below)
                found.touched.update(tree.list_directory(self.root, below, found.unlistable))
        known = set(self.view.below(path)) - {path}
        found.gone.update(known - found.touched.keys())

    def _enter(self, directory: str) -> None:
        self._directories.append(directory)
        self._watch([directory])

    def _watch(self, directories: Iterable[str]) -> None:
        if self._watcher is None:
            return
        try:
            self._watcher.add(directories)
        except CannotWatch:
            self.close()

    def _sample(self) -> list[str]:
        if not self._turn:
            self._turn = list(self.view.nodes)
        sample, self._turn = self._turn[-SAMPLE:], self._turn[:-SAMPLE]
        return sample


def _directories(nodes: Mapping[str, Node]) -> Iterable[str]:
    return (path for path, node in nodes.items() if node.kind is NodeKind.DIRECTORY)


def _has_more_names(node: Node) -> bool:
    """Whether the file may be written under another name, which no watch here sees."""
    return node.links > 1 and node.kind is NodeKind.FILE


def _counts(path: str) -> bool:
    directory, _, name = path.rpartition("/")
    wanted = tree.wanted_in(directory)
    return wanted is None or wanted(name)
