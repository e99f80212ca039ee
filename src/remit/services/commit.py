"""A run's work as commits on a branch of its own; HEAD, index and branch of the user stay.

The base is the start commit, or a commit of the uncommitted state on top of it; the run's own
commit follows. Contents are those the snapshot and the last comparison saw, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from remit.errors import RemitError
from remit.model.digest import Digest
from remit.model.events import CommitMade
from remit.model.ids import RunId, is_run_id
from remit.model.tree import Node, NodeKind, PathChange, Standing
from remit.services.observe import Comparison
from remit.services.snapshot import Snapshot, git_mode, in_git, nested_roots, under
from remit.storage.blobs import BlobStore
from remit.system.git_write import Put, bring_over, create_branch, write_commit

SUBJECT_LIMIT = 72
_NOT_OURS = frozenset({Standing.ARTIFACT, Standing.OTHERS})


def make_base(snapshot: Snapshot, store: BlobStore, run: RunId, now_us: int) -> str:
    """The commit a run starts from: the start commit, or one of the uncommitted work on top of it.

    It is made before the agent starts, so that checks before and after speak of the same state.
    It stands in our own git directory until :func:`make_commit` brings it over.
    """
    nodes = snapshot.manifest.nodes
    puts = _puts(snapshot.dirty, nodes, store, nested_roots(nodes))
    start = snapshot.manifest.commit
    if not puts:
        return start
    message = f"Uncommitted work before run {run}\n\nAgent-Run: {run}\n"
    return write_commit(snapshot.repository, start, puts, message, now_us // 1_000_000)


def make_commit(
    snapshot: Snapshot, comparison: Comparison, run: RunId, goal: str, base: str, now_us: int
) -> CommitMade:
    """Commit the run's work on ``base`` to ``remit/RUN`` in the user's repository.

    Call it after a last ``compare_full``. The run's commit is made even where nothing changed.
    Paths git cannot hold, and contents we do not keep (secrets, large files), stay out.
    Raises RemitError where the branch exists.
    """
    if not is_run_id(run):
        raise RemitError(f"{run!r} is not a run id")
    repository, start = snapshot.repository, snapshot.manifest.commit
    puts = _own_puts(snapshot, comparison)
    message = f"{subject_of(goal)}\n\nAgent-Run: {run}\n"
    commit = write_commit(repository, base, puts, message, now_us // 1_000_000)
    bring_over(repository, start, commit)
    branch = f"remit/{run}"
    create_branch(repository, branch, commit)
    files = tuple(sorted(put.path for put in puts))
    return CommitMade(branch, base, commit, repository.tree_of(commit), files)


def commit_so_far(
    snapshot: Snapshot, comparison: Comparison, run: RunId, base: str, now_us: int
) -> str:
    """A commit of the tree as last compared, in our own git directory, for a check of it."""
    message = f"Work so far of run {run}\n\nAgent-Run: {run}\n"
    puts = _own_puts(snapshot, comparison)
    return write_commit(snapshot.repository, base, puts, message, now_us // 1_000_000)


def _own_puts(snapshot: Snapshot, comparison: Comparison) -> tuple[Put, ...]:
    """What the run itself changed."""
    nested = nested_roots(snapshot.manifest.nodes) | nested_roots(comparison.nodes)
    changed = _committed(snapshot, comparison.nodes, comparison.reported.values())
    return tuple(_puts(changed, comparison.nodes, comparison.store, nested))


def subject_of(goal: str) -> str:
    """The goal as one printable line."""
    plain = "".join(letter if letter.isprintable() else " " for letter in goal)
    line = " ".join(plain.split()) or "Work of an agent"
    return line if len(line) <= SUBJECT_LIMIT else line[: SUBJECT_LIMIT - 1] + "…"


def _is_file(before: Node | None, now: Node | None) -> bool:
    """Whether git knows such a thing, before or now: it has no directories, pipes or sockets."""
    files = (NodeKind.FILE, NodeKind.LINK)
    return any(node is not None and node.kind in files for node in (before, now))


def _committed(
    snapshot: Snapshot, nodes: Mapping[str, Node], changes: Iterable[PathChange]
) -> list[str]:
    """Paths of the run's commit: all the run changed that git would not ignore."""
    manifest = snapshot.manifest
    passed = frozenset(manifest.stat_only)
    wanted = [
        change.path
        for change in changes
        if change.standing not in _NOT_OURS
        and _is_file(manifest.nodes.get(change.path), nodes.get(change.path))
        and not in_git(change.path)
        and not under(change.path, passed)
        and change.path not in manifest.ignored
    ]
    fresh = [path for path in wanted if path not in manifest.nodes]
    ignored = snapshot.rules.ignored(fresh)
    return [path for path in wanted if path not in ignored]


def _puts(
    paths: Iterable[str],
    nodes: Mapping[str, Node],
    store: BlobStore,
    nested: frozenset[str],
) -> list[Put]:
    """What git is told of ``paths``; a nested repository is neither swallowed nor linked."""
    puts = []
    for path in paths:
        node = nodes.get(path)
        if under(path, nested) or path in nested or not _holdable(path):
            continue
        if node is None or node.kind not in (NodeKind.FILE, NodeKind.LINK):
            puts.append(Put(path, 0, None))
        elif node.digest in store:
            puts.append(Put(path, git_mode(node), store.read(Digest(node.digest))))
    return puts


def _holdable(path: str) -> bool:
    """Whether git can check this name out everywhere without taking it for its own directory."""
    return not any(_is_git_name(part) for part in path.split("/"))


def _is_git_name(part: str) -> bool:
    plain = "".join(letter for letter in part if letter.isprintable()).rstrip(" .").lower()
    return plain.partition(":")[0] == ".git" or plain in ("git~1", "..")
