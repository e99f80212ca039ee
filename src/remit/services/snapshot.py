"""The state of a working tree before the agent touches it, kept outside the tree.

Everything is there: untracked and ignored files, modes, link targets, nested repositories,
and of git directories what is code or points somewhere.
"""

from __future__ import annotations

import gc
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from remit.codec import manifest as codec
from remit.errors import IntegrityError
from remit.model.digest import Digest, digest_of
from remit.model.events import SnapshotTaken
from remit.model.tree import Manifest, Node, NodeKind
from remit.storage.blobs import BlobStore
from remit.system import tree
from remit.system.git import Repository, TreeEntry, require_head
from remit.system.ignore import IgnoreRules, keep_rules
from remit.system.readers import SHARES, Reader, start_reader

KEEP_LIMIT = 50 * 1024 * 1024
"""Larger files are known by digest alone."""
DIGEST_LIMIT = 256 * 1024 * 1024
"""Larger files are known by their status alone: reading them would take too long."""
APART_FROM = 3_000
"""So many files to read are shared out to processes of their own."""
DEPENDENCIES = frozenset(
    {
        "node_modules",
        ".venv",
        "venv",
        ".tox",
        ".nox",
        "target",
        "vendor",
        ".gradle",
        "Pods",
        ".yarn",
        "bower_components",
        ".direnv",
        "elm-stuff",
        "_build",
        "deps",
        "dist-newstyle",
        ".stack-work",
    }
)
"""Ignored directories of these names hold fetched or built code: status alone."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A taken snapshot. ``dirty`` are the paths that differ from the start commit; ``clean`` are
    tracked paths whose bytes are those of the commit."""

    repository: Repository
    manifest: Manifest
    rules: IgnoreRules
    event: SnapshotTaken
    dirty: tuple[str, ...]
    tracked: frozenset[str]


@dataclass(frozen=True, slots=True)
class Source:
    """What a snapshot is taken with.

    ``folder`` is the run's directory in our state; ``is_secret`` says of a path whether its
    content must not be kept; ``environ`` is the user's, for the ignore rules; ``now_us`` is the
    wall clock in microseconds.
    """

    repository: Repository
    store: BlobStore
    folder: Path
    is_secret: Callable[[str], bool]
    environ: Mapping[str, str]
    now_us: Callable[[], int]
    dependencies: frozenset[str] = DEPENDENCIES


@dataclass(slots=True)
class _Taking:
    source: Source
    root: bytes
    known: Mapping[str, Node]
    nodes: dict[str, Node]
    waiting: set[str] = field(default_factory=set)
    """Files still to be read by this process."""
    digest_only: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    kept_bytes: int = 0


def take(source: Source) -> Snapshot:
    """Snapshot the working tree and write ``folder/snapshot``; needs a first commit."""
    with _no_collection():
        return _take(source)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector from walking a growing tree of hundreds of thousands of values,
    none of them garbage: a quarter of the time of a snapshot."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _take(source: Source) -> Snapshot:
    start = require_head(source.repository)
    root = os.fsencode(source.repository.root)
    seen = tree.walk(root)
    tracked = {entry.path: entry for entry in source.repository.list_files(start)}
    rules = keep_rules(source.repository, seen.nodes, source.folder / "rules", source.environ)
    stat_only = _dependency_directories(source, seen.nodes, tracked, rules)
    taking = _Taking(source, root, _last_nodes(source), seen.nodes)
    readers = _start_reading(taking, stat_only)
    ignored = _ignored(taking.nodes, tracked, rules, stat_only)
    _finish_reading(taking, readers)
    source.store.sync()
    manifest = Manifest(
        to_text(root),
        start,
        source.now_us(),
        taking.nodes,
        ignored,
        tuple(sorted(taking.digest_only)),
        tuple(sorted(stat_only)),
        tuple(sorted([*taking.unreadable, *seen.unlistable])),
    )
    digest = _write(source, manifest)
    return Snapshot(
        source.repository,
        manifest,
        rules,
        _event(manifest, digest, taking.kept_bytes),
        _dirty(manifest, tracked),
        frozenset(tracked),
    )


def reopen(source: Source, event: SnapshotTaken) -> Snapshot:
    """The snapshot that ``event`` names, as it was taken; IntegrityError where it is another."""
    manifest = load_named(source.folder / "snapshot", event.digest)
    tracked = {entry.path: entry for entry in source.repository.list_files(manifest.commit)}
    rules = IgnoreRules(source.repository.own, source.folder / "rules")
    dirty = _dirty(manifest, tracked)
    return Snapshot(source.repository, manifest, rules, event, dirty, frozenset(tracked))


def load_named(path: Path, digest: Digest) -> Manifest:
    """The manifest at ``path``, whose digest an entry of the ledger gives."""
    data = _bytes(path)
    if digest_of(data) != digest:
        raise IntegrityError("the snapshot is not the one the ledger names", str(path))
    return codec.decode(data, str(path))


def keep(path: Path, manifest: Manifest) -> Digest:
    """Write ``manifest`` to ``path``, readable by its owner alone; its digest."""
    data = codec.encode(manifest)
    path.touch(mode=0o600)
    path.write_bytes(data)
    return digest_of(data)


def to_text(path: bytes) -> str:
    return tree.to_text(path)


def load(path: Path) -> Manifest:
    """The manifest a run kept; IntegrityError where it is damaged or gone."""
    return codec.decode(_bytes(path), str(path))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise IntegrityError(f"the snapshot cannot be read ({error.strerror})", str(path)) from None


def under(path: str, directories: frozenset[str]) -> bool:
    """Whether ``path`` lies below one of ``directories``."""
    if not directories:
        return False
    end = path.find("/")
    while end != -1:
        if path[:end] in directories:
            return True
        end = path.find("/", end + 1)
    return False


def _dependency_directories(
    source: Source,
    nodes: Mapping[str, Node],
    tracked: Mapping[str, TreeEntry],
    rules: IgnoreRules,
) -> frozenset[str]:
    """The topmost ignored directories that bear a dependency name and hold nothing tracked."""
    named = [
        path
        for path, node in nodes.items()
        if path.rpartition("/")[2] in source.dependencies and node.kind is NodeKind.DIRECTORY
    ]
    if not named:
        return frozenset()
    parents = {parent for path in tracked for parent in parents_of(path)}
    asked = [f"{path}/" for path in named if path not in parents]
    found = frozenset(path.rstrip("/") for path in rules.ignored(asked))
    return frozenset(path for path in found if not under(path, found))


def parents_of(path: str) -> list[str]:
    """Every directory above ``path``, nearest first, without the root."""
    found = []
    while "/" in path:
        path = path.rpartition("/")[0]
        found.append(path)
    return found


def _start_reading(taking: _Taking, stat_only: frozenset[str]) -> list[Reader]:
    """Take over what is known already, and share out the rest where it is much."""
    for path, node in taking.nodes.items():
        if node.kind in (NodeKind.FILE, NodeKind.LINK) and not under(path, stat_only):
            known = _known_already(taking, path, node)
            if known is None:
                taking.waiting.add(path)
            else:
                taking.nodes[path] = _noted(taking, path, known)
    plain = [(path, taking.nodes[path]) for path in sorted(taking.waiting) if _plain(taking, path)]
    if len(plain) < APART_FROM:
        return []
    store, now_ns = taking.source.store, taking.source.now_us() * 1000
    algorithm, room = taking.source.repository.algorithm, store.room // SHARES
    shares = [plain[start::SHARES] for start in range(SHARES)]
    return [
        start_reader(taking.root, share, store.fresh_segment(), room, algorithm, now_ns)
        for share in shares
    ]


def _known_already(taking: _Taking, path: str, node: Node) -> Node | None:
    """The node as the last snapshot read it, where its status and what is kept of it stand."""
    known = taking.known.get(path)
    if known is None or not known.digest or known[:6] != node[:6]:
        return None
    return known if known.digest in taking.source.store or _unkept(taking, path) else None


def _unkept(taking: _Taking, path: str) -> bool:
    return taking.nodes[path].size > KEEP_LIMIT or taking.source.is_secret(path)


def _plain(taking: _Taking, path: str) -> bool:
    return taking.nodes[path].kind is NodeKind.FILE and not _unkept(taking, path)


def _finish_reading(taking: _Taking, readers: Iterable[Reader]) -> None:
    """Take in what the readers found, then read what is left."""
    for reader in readers:
        found = reader.found()
        kept = [(one.node.digest, one.offset, one.node.size) for one in found if one.offset >= 0]
        if found:
            taking.source.store.adopt(reader.segment, kept)
        for one in found:
            taking.nodes[one.path] = _noted(taking, one.path, one.node)
            taking.waiting.discard(one.path)
    for path in sorted(taking.waiting):
        taking.nodes[path] = _read(taking, path, taking.nodes[path])


def _read(taking: _Taking, path: str, node: Node) -> Node:
    if node.size > DIGEST_LIMIT:
        return _noted(taking, path, node)
    try:
        now_ns = taking.source.now_us() * 1000
        keep, algorithm = KEEP_LIMIT, taking.source.repository.algorithm
        reading = tree.read_node(taking.root, path, node, now_ns, keep, algorithm)
    except OSError:
        taking.unreadable.append(path)
        return node
    if reading.data is not None and not _unkept(taking, path):
        taking.source.store.put(reading.node.digest, reading.data)
    return _noted(taking, path, reading.node)


def _noted(taking: _Taking, path: str, node: Node) -> Node:
    if node.digest and node.digest in taking.source.store:
        taking.kept_bytes += node.size
    else:
        taking.digest_only.append(path)
    return node


def _ignored(
    nodes: Mapping[str, Node],
    tracked: Mapping[str, TreeEntry],
    rules: IgnoreRules,
    stat_only: frozenset[str],
) -> frozenset[str]:
    asked = [
        path
        for path, node in nodes.items()
        if path not in tracked
        and node.kind is not NodeKind.DIRECTORY
        and not under(path, stat_only)
        and not in_git(path)
    ]
    return rules.ignored(asked)


def in_git(path: str) -> bool:
    """Whether ``path`` is a git directory, or lies in one."""
    return path.startswith(".git/") or path == ".git" or "/.git/" in path or path.endswith("/.git")


def nested_roots(nodes: Mapping[str, Node]) -> frozenset[str]:
    """Directories below the root that are repositories of their own."""
    ending = "/.git"
    found = (path for path in nodes if path.endswith(ending) and "/.git/" not in f"/{path}"[:-4])
    return frozenset(path.removesuffix(ending) for path in found)


def _dirty(manifest: Manifest, tracked: Mapping[str, TreeEntry]) -> tuple[str, ...]:
    found = [path for path, entry in tracked.items() if _differs(manifest.nodes.get(path), entry)]
    passed = frozenset(manifest.stat_only) | nested_roots(manifest.nodes)
    found.extend(
        path
        for path, node in manifest.nodes.items()
        if path not in tracked
        and path not in manifest.ignored
        and node.kind in (NodeKind.FILE, NodeKind.LINK)
        and not in_git(path)
        and not under(path, passed)
    )
    return tuple(sorted(found))


def _differs(node: Node | None, entry: TreeEntry) -> bool:
    if entry.mode == 0o160000:
        return node is None or node.kind is not NodeKind.DIRECTORY
    return node is None or git_mode(node) != entry.mode or node.blob != entry.blob


def git_mode(node: Node) -> int:
    """The mode git would give this node."""
    if node.kind is NodeKind.LINK:
        return 0o120000
    return 0o100755 if node.mode & 0o100 else 0o100644


def _event(manifest: Manifest, digest: Digest, kept_bytes: int) -> SnapshotTaken:
    files = sum(node.kind in (NodeKind.FILE, NodeKind.LINK) for node in manifest.nodes.values())
    partly = tuple(sorted({*manifest.digest_only, *manifest.unreadable}))
    return SnapshotTaken(digest, files, kept_bytes, partly, manifest.stat_only)


def _write(source: Source, manifest: Manifest) -> Digest:
    target = source.folder / "snapshot"
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = keep(target, manifest)
    cache = _cache_path(source)
    cache.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    cache.unlink(missing_ok=True)
    os.link(target, cache)
    return digest


def _last_nodes(source: Source) -> Mapping[str, Node]:
    """The nodes of the last snapshot of this very tree: what kept its status is not read again."""
    try:
        return load(_cache_path(source)).nodes
    except IntegrityError:
        return {}


def _cache_path(source: Source) -> Path:
    name = hashlib.sha256(os.fsencode(source.repository.root)).hexdigest()[:24]
    return source.repository.own.parent / "trees" / name
