"""A clean, private place for one check: the commit's tree, a home and a temporary directory.

What ran here may have left anything behind: links that lead out, directories without
permissions, trees deeper than a path can name. Nothing here follows a link.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from remit.system.git import FileDiff, TreeEntry

_LINK_MODE = 0o120000
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class TreeSource(Protocol):
    """Where commits come from; ``system.git.Repository`` is one."""

    @property
    def root(self) -> Path: ...
    def export_tree(self, commit: str, directory: Path) -> None: ...
    def read_file(self, commit: str, path: str) -> bytes | None: ...
    def list_files(self, commit: str) -> tuple[TreeEntry, ...]: ...
    def diff(self, base: str, commit: str) -> tuple[FileDiff, ...]: ...


@dataclass(frozen=True, slots=True)
class Workspace:
    """``root`` is ours alone; ``temporary`` has a short path, for tests that put sockets there."""

    root: Path
    temporary: Path

    @property
    def tree(self) -> Path:
        """The worktree."""
        return self.root / "tree"

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def results(self) -> Path:
        """Result files, outside the worktree."""
        return self.root / "results"

    @property
    def work(self) -> Path:
        """What is written to lent dependencies ends here."""
        return self.root / "work"


@contextmanager
def open_workspace(parent: Path) -> Iterator[Workspace]:
    """A fresh workspace below ``parent`` (created where missing), removed afterwards."""
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    root = Path(tempfile.mkdtemp(prefix="check-", dir=parent))
    temporary = Path(tempfile.mkdtemp(prefix="remit-"))
    try:
        for name in ("tree", "home", "results", "work"):
            (root / name).mkdir(mode=0o700)
        yield Workspace(root, temporary)
    finally:
        remove_tree(temporary)
        remove_tree(root)


def take_runner_files(source: TreeSource, commit: str, paths: Sequence[str], tree: Path) -> None:
    """Put ``paths`` into ``tree`` as they are in ``commit``; what it lacks is taken away."""
    modes = {entry.path: entry.mode for entry in source.list_files(commit)}
    for path in paths:
        data = source.read_file(commit, path)
        folder, _, name = os.fsencode(path).rpartition(b"/")
        directory = _open_folders(tree, folder.split(b"/") if folder else [])
        try:
            _clear(directory, name)
            if data is not None:
                _write(directory, name, data, modes[path])
        finally:
            os.close(directory)


def make_folder(tree: Path, path: str) -> None:
    """Make the folder ``path`` in ``tree``, of real directories only."""
    os.close(_open_folders(tree, os.fsencode(path).split(b"/")))


def put_link(tree: Path, path: str, target: Path) -> None:
    """Put a link at ``path`` in ``tree``, in the place of whatever is there."""
    folder, _, name = os.fsencode(path).rpartition(b"/")
    directory = _open_folders(tree, folder.split(b"/") if folder else [])
    try:
        _clear(directory, name)
        os.symlink(target, name, dir_fd=directory)
    finally:
        os.close(directory)


def _open_folders(tree: Path, folders: Sequence[bytes]) -> int:
    """The directory ``folders`` lead to, made of real directories only: a link in the way goes."""
    current = os.open(tree, _DIRECTORY)
    for folder in folders:
        try:
            following = os.open(folder, _DIRECTORY, dir_fd=current)
        except OSError:
            _clear(current, folder)
            os.mkdir(folder, 0o755, dir_fd=current)
            following = os.open(folder, _DIRECTORY, dir_fd=current)
        os.close(current)
        current = following
    return current


def _clear(directory: int, name: bytes) -> None:
    """Take away whatever ``name`` is, without following it."""
    try:
        mode = os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        remove_tree(Path(f"/proc/self/fd/{directory}") / os.fsdecode(name))
    else:
        os.unlink(name, dir_fd=directory)


def _write(directory: int, name: bytes, data: bytes, mode: int) -> None:
    if mode == _LINK_MODE:
        os.symlink(data, name, dir_fd=directory)
        return
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(name, flags, mode & 0o777, dir_fd=directory)
    with open(descriptor, "wb") as file:  # noqa: PTH123 (a descriptor, not a path)
        file.write(data)


def remove_tree(path: Path) -> None:
    """Remove ``path`` and all below it, following no link, at any depth and whatever modes.

    Directories are moved up into ``path`` before they are emptied, so the depth never grows.
    Raises OSError where something cannot be removed (an immutable file).
    """
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    _open_up(path)
    top = os.open(path, _DIRECTORY)
    try:
        _empty(top)
    finally:
        os.close(top)
    path.rmdir()


def _empty(top: int) -> None:
    waiting = _take_files(top, top, 0)
    count = len(waiting)
    while waiting:
        name = waiting.pop()
        inner = os.open(name, _DIRECTORY, dir_fd=top)
        try:
            moved = _take_files(inner, top, count)
        finally:
            os.close(inner)
        os.rmdir(name, dir_fd=top)
        count += len(moved)
        waiting.extend(moved)


def _take_files(directory: int, top: int, count: int) -> list[str]:
    """Unlink the files of ``directory`` and move its directories to ``top`` under new names."""
    moved: list[str] = []
    with os.scandir(directory) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_directory in found:
        if not is_directory:
            os.unlink(name, dir_fd=directory)
            continue
        _open_up(Path(f"/proc/self/fd/{directory}") / name)
        fresh = f".removing-{count + len(moved)}-{os.urandom(4).hex()}"
        os.rename(name, fresh, src_dir_fd=directory, dst_dir_fd=top)
        moved.append(fresh)
    return moved


def _open_up(path: Path) -> None:
    """Give ourselves all rights to a directory, through a descriptor that cannot be a link."""
    descriptor = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        Path(f"/proc/self/fd/{descriptor}").chmod(0o700)
    finally:
        os.close(descriptor)
