"""Reading a working tree as it is: every name, link, mode and byte, and nothing followed.

Paths are relative to the root, ``/``-separated; bytes that are not UTF-8 are surrogate
escapes. Nothing is opened that is not a regular file, so a pipe or device cannot hang us.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from remit.errors import RemitError
from remit.model.ids import is_run_id
from remit.model.tree import Node, NodeKind

NODE_LIMIT = 2_000_000
_KIND, _DIRECTORY = 0o170000, stat.S_IFDIR
READ_CHUNK = 1024 * 1024
RACY_NS = 25_000_000
"""Kernel time stamps move in steps of up to 10 ms; a file changed within this time of being
read may change again without a different stamp."""

_GIT_TOP = frozenset(
    {
        "config",
        "config.worktree",
        "HEAD",
        "packed-refs",
        "commondir",
        "gitdir",
        "refs",
        "hooks",
        "info",
        "modules",
        "worktrees",
    }
)
"""What of a git directory is code or points somewhere; the rest is objects and passing state."""
_GIT_PASSING = frozenset({"objects", "lfs", "logs", "index", "FETCH_HEAD", "ORIG_HEAD"})
_OWN_BRANCHES = ".git/refs/heads/remit"


@dataclass(slots=True)
class Walk:
    """What one walk saw. ``unlistable`` are directories whose content could not be read."""

    nodes: dict[str, Node] = field(default_factory=dict)
    unlistable: list[str] = field(default_factory=list)


def to_bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def to_text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")


def node_of(status: os.stat_result) -> Node:
    """The node of a file status, its content not read."""
    return Node(
        status.st_mode,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_ino,
        status.st_nlink,
    )


HIDDEN = Node(0, 0, 0, 0, 0, 0)
"""Something may stand there, but its status cannot be read."""


def look(root: bytes, path: str) -> Node | None:
    """The node at ``path`` without its content; None where nothing is, HIDDEN where that cannot
    be said."""
    try:
        return node_of(os.lstat(root + b"/" + to_bytes(path)))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError):
        return HIDDEN


def walk(root: bytes, start: str = "") -> Walk:
    """Everything below ``start``; of a git directory only what is code or points somewhere."""
    seen = Walk()
    waiting = [start]
    while waiting:
        directory = waiting.pop()
        for path, node in list_directory(root, directory, seen.unlistable):
            seen.nodes[path] = node
            if stat.S_ISDIR(node.mode):
                waiting.append(path)
        if len(seen.nodes) > NODE_LIMIT:
            raise RemitError(
                f"the working tree holds more than {NODE_LIMIT:,} files",
                "run Remit in a smaller checkout",
            )
    return seen


@dataclass(slots=True)
class Differing:
    """What a walk of the whole tree found different from what was known."""

    touched: dict[str, Node] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)
    unlistable: list[str] = field(default_factory=list)


def walk_differing(root: bytes, known: Mapping[str, Node]) -> Differing:
    """Walk everything, but make nodes only of what has another status than in ``known``: a tree
    is almost always almost the same, and this is what a full comparison spends its time on."""
    seen = Differing()
    waiting = [""]
    while waiting:
        directory = waiting.pop()
        try:
            with os.scandir(root + b"/" + to_bytes(directory)) as entries:
                _differing_in(directory, entries, known, seen, waiting)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            seen.unlistable.append(directory)
    return seen


def _differing_in(
    directory: str,
    entries: Iterable[os.DirEntry[bytes]],
    known: Mapping[str, Node],
    seen: Differing,
    waiting: list[str],
) -> None:
    prefix = f"{directory}/" if directory else ""
    wanted = wanted_in(directory)
    for entry in entries:
        name = entry.name.decode("utf-8", "surrogateescape")
        if wanted is not None and not wanted(name):
            continue
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        path = prefix + name
        seen.present.add(path)
        if status.st_mode & _KIND == _DIRECTORY:
            waiting.append(path)
        last = known.get(path)
        if (
            last is None
            or status.st_ctime_ns != last.ctime_ns
            or status.st_ino != last.inode
            or status.st_size != last.size
            or status.st_mtime_ns != last.mtime_ns
        ):
            seen.touched[path] = node_of(status)


def list_directory(
    root: bytes, directory: str, unlistable: list[str]
) -> Iterator[tuple[str, Node]]:
    """The nodes directly in ``directory``; what vanishes meanwhile is left out."""
    prefix = f"{directory}/" if directory else ""
    wanted = wanted_in(directory)
    try:
        with os.scandir(root + b"/" + to_bytes(directory)) as entries:
            for entry in entries:
                name = to_text(entry.name)
                if wanted is not None and not wanted(name):
                    continue
                try:
                    yield prefix + name, node_of(entry.stat(follow_symlinks=False))
                except FileNotFoundError:
                    continue
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError:
        unlistable.append(directory)


def wanted_in(directory: str) -> Callable[[str], bool] | None:
    """Which names of ``directory`` count; None where all do."""
    at = _git_level(directory)
    if at is None:
        return None
    if at == "":
        return _GIT_TOP.__contains__
    if at.startswith(("modules", "worktrees")):
        return _is_not_passing
    return _is_no_lock if at.startswith("refs") else None


def _git_level(directory: str) -> str | None:
    """Where in a git directory ``directory`` lies, or None outside of one."""
    if directory == ".git" or directory.endswith("/.git"):
        return ""
    if directory.startswith(".git/"):
        return directory[5:]
    _, found, rest = directory.partition("/.git/")
    return rest if found else None


def _is_not_passing(name: str) -> bool:
    return name not in _GIT_PASSING and not name.endswith(".lock")


def _is_no_lock(name: str) -> bool:
    return not name.endswith(".lock")


def is_branch_of_run(path: str) -> bool:
    """Whether ``path`` is where a run in another working tree puts its branch: one that appears is
    expected. One that stood before and changes is not: somebody may be about to merge it."""
    folder, _, name = path.rpartition("/")
    return path == _OWN_BRANCHES or (folder == _OWN_BRANCHES and is_run_id(name.split(".")[0]))


@dataclass(slots=True)
class Reading:
    """A file's content as read: its node with digests, and the bytes where asked for."""

    node: Node
    data: bytes | None


def read_node(
    root: bytes, path: str, node: Node, now_ns: int, keep: int, algorithm: str
) -> Reading:
    """Read the file or link at ``path``; ``node`` is what a look at it said.

    ``keep`` is the size up to which the bytes are returned as well; ``now_ns`` the wall clock.
    Raises OSError where it cannot be read, and gives a node without ``ctime_ns`` where the
    status may not vouch for the content.
    """
    return _read_at(None, root + b"/" + to_bytes(path), node, now_ns, keep, algorithm)


def read_warily(
    root: bytes, path: str, node: Node, now_ns: int, keep: int, algorithm: str
) -> Reading:
    """As :func:`read_node`, in a tree that somebody may be changing right now: no directory on
    the way may be a link, so nothing outside of the tree is read."""
    above, _, name = to_bytes(path).rpartition(b"/")
    directory = _open_directory(root, above)
    try:
        return _read_at(directory, name, node, now_ns, keep, algorithm)
    finally:
        os.close(directory)


def _open_directory(root: bytes, path: bytes) -> int:
    flags = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
    current = os.open(root, flags)
    for part in path.split(b"/") if path else ():
        try:
            deeper = os.open(part, flags | os.O_NOFOLLOW, dir_fd=current)
        finally:
            os.close(current)
        current = deeper
    return current


def _read_at(
    directory: int | None, name: bytes, node: Node, now_ns: int, keep: int, algorithm: str
) -> Reading:
    if node.kind is NodeKind.LINK:
        data = os.readlink(name, dir_fd=directory)
        return Reading(_settled(node, data_digest(data), _blob(data, algorithm), now_ns), data)
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    descriptor = os.open(name, flags, dir_fd=directory)
    try:
        return _read_open(descriptor, node, now_ns, keep, algorithm)
    finally:
        os.close(descriptor)


def _read_open(descriptor: int, node: Node, now_ns: int, keep: int, algorithm: str) -> Reading:
    """``node`` is trusted for nothing but the size; whether it was still so is asked afterwards."""
    if node.size <= keep:
        data = _read_whole(descriptor, node.size)
        digest, blob = data_digest(data), _blob(data, algorithm)
    else:
        data = None
        digest, blob = _read_digest(descriptor, node.size), ""
    after = node_of(os.fstat(descriptor))
    if not stat.S_ISREG(after.mode):
        raise OSError("not a regular file any more")
    return Reading(
        _settled(after, digest, blob, now_ns if after == (*node[:6], "", "") else 0), data
    )


def _settled(node: Node, digest: str, blob: str, now_ns: int) -> Node:
    mode, size, mtime_ns, ctime_ns, inode, links, _, _ = node
    if ctime_ns > now_ns - RACY_NS:
        ctime_ns = 0
    return Node(mode, size, mtime_ns, ctime_ns, inode, links, digest, blob)


def _read_whole(descriptor: int, size: int) -> bytes:
    """``size`` bytes: what is appended meanwhile changes the status and is read another time."""
    data = os.read(descriptor, size) if size else b""
    parts = [data]
    left = size - len(data)
    while left > 0 and (part := os.read(descriptor, left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _read_digest(descriptor: int, size: int) -> str:
    hashed = hashlib.sha256()
    left = size
    while left > 0 and (part := os.read(descriptor, min(left, READ_CHUNK))):
        hashed.update(part)
        left -= len(part)
    return "sha256:" + hashed.hexdigest()


def data_digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _blob(data: bytes, algorithm: str) -> str:
    start = hashlib.sha1 if algorithm == "sha1" else hashlib.sha256
    hashed = start(b"blob %d\x00" % len(data), usedforsecurity=False)
    hashed.update(data)
    return hashed.hexdigest()
