"""Putting nodes back into a tree without ever following a link of it.

Every step goes from a directory descriptor to a name in it, so a directory swapped for a
symbolic link is refused rather than written through.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from remit.model.tree import Node, NodeKind
from remit.system.tree import node_of, to_bytes

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class CannotPutBack(Exception):
    """Why one path stays as it is."""


@dataclass(frozen=True, slots=True)
class Place:
    """A name in an open directory."""

    directory: int
    name: bytes

    def look(self) -> Node | None:
        try:
            return node_of(os.stat(self.name, dir_fd=self.directory, follow_symlinks=False))
        except FileNotFoundError:
            return None


def remove(root: bytes, path: str) -> None:
    """Remove what stands at ``path``; a directory only where it is empty."""
    directory = _parent(root, path, None)
    if directory is None:
        return
    try:
        _clear(Place(directory, to_bytes(path).rpartition(b"/")[2]), path)
    finally:
        os.close(directory)


def put_back(
    root: bytes, path: str, node: Node, data: bytes | None, nodes: Mapping[str, Node]
) -> None:
    """Make ``path`` what ``node`` says; missing directories above get the mode in ``nodes``."""
    directory = _parent(root, path, nodes)
    if directory is None:
        raise CannotPutBack("the directory above it cannot be made")
    place = Place(directory, to_bytes(path).rpartition(b"/")[2])
    try:
        match node.kind:
            case NodeKind.DIRECTORY:
                _put_directory(place, path, node)
            case NodeKind.LINK if data is not None:
                _put_link(place, path, data)
            case NodeKind.FILE if data is not None:
                _put_file(place, path, node, data)
            case _:
                raise CannotPutBack("the snapshot does not hold its content")
    except OSError as error:
        raise CannotPutBack(error.strerror or str(error)) from None
    finally:
        os.close(directory)


def set_mode(root: bytes, path: str, node: Node) -> None:
    """Give a plain file or directory its permissions back."""
    directory = _parent(root, path, None)
    if directory is None:
        raise CannotPutBack("it is gone")
    place = Place(directory, to_bytes(path).rpartition(b"/")[2])
    try:
        standing = place.look()
        if standing is None or standing.kind is not node.kind:
            raise CannotPutBack("something else stands there now")
        _change_mode(place, stat.S_IMODE(node.mode))
    finally:
        os.close(directory)


def _change_mode(place: Place, mode: int) -> None:
    """Through ``/proc`` and a path-only descriptor: no link followed, no permission needed."""
    descriptor = os.open(place.name, os.O_PATH | os.O_NOFOLLOW, dir_fd=place.directory)
    try:
        if stat.S_ISLNK(os.fstat(descriptor).st_mode):
            raise CannotPutBack("a link stands there now")
        Path(f"/proc/self/fd/{descriptor}").chmod(mode)
    finally:
        os.close(descriptor)


def _parent(root: bytes, path: str, nodes: Mapping[str, Node] | None) -> int | None:
    """A descriptor of the directory above ``path``. With ``nodes`` missing ones are made; without,
    a missing one gives None. Raises CannotPutBack where something else stands in its place."""
    current = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    *parts, _ = path.split("/")
    for depth, part in enumerate(parts, 1):
        above = "/".join(parts[:depth])
        try:
            deeper = _enter(current, part, (nodes or {}).get(above), nodes is None)
        except OSError as error:
            why = f"{above} is no plain directory now ({error.strerror})"
            raise CannotPutBack(why) from None
        finally:
            os.close(current)
        if deeper is None:
            return None
        current = deeper
    return current


def _enter(current: int, part: str, node: Node | None, only_look: bool) -> int | None:
    name = to_bytes(part)
    try:
        return os.open(name, _DIRECTORY, dir_fd=current)
    except FileNotFoundError:
        if only_look:
            return None
    os.mkdir(name, dir_fd=current)
    opened = os.open(name, _DIRECTORY, dir_fd=current)
    if node is not None and node.kind is NodeKind.DIRECTORY:
        os.fchmod(opened, stat.S_IMODE(node.mode))
    return opened


def _clear(place: Place, path: str) -> None:
    standing = place.look()
    if standing is None:
        return
    try:
        if standing.kind is NodeKind.DIRECTORY:
            os.rmdir(place.name, dir_fd=place.directory)
        else:
            os.unlink(place.name, dir_fd=place.directory)
    except OSError as error:
        raise CannotPutBack(error.strerror or f"{path} cannot be removed") from None


def _put_directory(place: Place, path: str, node: Node) -> None:
    standing = place.look()
    if standing is not None and standing.kind is not NodeKind.DIRECTORY:
        _clear(place, path)
        standing = None
    if standing is None:
        os.mkdir(place.name, dir_fd=place.directory)
    opened = os.open(place.name, _DIRECTORY, dir_fd=place.directory)
    try:
        os.fchmod(opened, stat.S_IMODE(node.mode))
    finally:
        os.close(opened)


def _put_link(place: Place, path: str, target: bytes) -> None:
    passing = _passing(place)
    os.symlink(target, passing, dir_fd=place.directory)
    _swap_in(place, passing, path)


def _put_file(place: Place, path: str, node: Node, data: bytes) -> None:
    passing = _passing(place)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(passing, flags, 0o600, dir_fd=place.directory)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fchmod(descriptor, stat.S_IMODE(node.mode))
        os.utime(descriptor, ns=(node.mtime_ns, node.mtime_ns))
    _swap_in(place, passing, path)


def _passing(place: Place) -> bytes:
    return b".remit-" + secrets.token_hex(8).encode("ascii")


def _swap_in(place: Place, passing: bytes, path: str) -> None:
    """Rename over what stands there: a hard link elsewhere keeps its content."""
    standing = place.look()
    try:
        if standing is not None and standing.kind is NodeKind.DIRECTORY:
            _clear(place, path)
        os.rename(passing, place.name, src_dir_fd=place.directory, dst_dir_fd=place.directory)
    except (OSError, CannotPutBack):
        os.unlink(passing, dir_fd=place.directory)
        raise
