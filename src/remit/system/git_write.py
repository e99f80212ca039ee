"""Writing commits: made in our own git directory, then brought over to the user's by hand.

No git runs in the user's directory: a pack file and one loose ref are put there as files, so
no hook, no configuration and no index of theirs is touched.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from remit.errors import RemitError
from remit.system.git import Repository, quote_path
from remit.system.git_place import resolve_ref

SIGNATURE = "Remit <remit@localhost>"


@dataclass(frozen=True, slots=True)
class Put:
    """One path of a new commit. ``mode`` is git's; ``data`` None deletes the path."""

    path: str
    mode: int
    data: bytes | None


def write_commit(
    repository: Repository, parent: str, puts: Iterable[Put], message: str, when: int
) -> str:
    """Make a commit on top of ``parent`` from raw bytes; ``when`` is seconds UTC. Its id."""
    text = message.encode("utf-8", "replace")
    stream = [
        b"commit refs/remit/new\n",
        f"mark :1\nauthor {SIGNATURE} {when} +0000\n".encode(),
        f"committer {SIGNATURE} {when} +0000\ndata {len(text)}\n".encode(),
        text,
        f"\nfrom {parent}\n".encode(),
    ]
    ordered = sorted(puts, key=lambda put: put.data is not None)
    for put in ordered:
        stream.extend(_put(put))
    stream.append(b"get-mark :1\ndone\n")
    words = ("fast-import", "--quiet", "--done", "--force", "--date-format=raw")
    output = repository.call(*words, feed=b"".join(stream))
    (repository.own / "refs/remit/new").unlink(missing_ok=True)
    return output.decode("ascii", "replace").strip()


def _put(put: Put) -> Iterable[bytes]:
    path = quote_path(put.path.encode("utf-8", "surrogateescape")).encode("ascii")
    if put.data is None:
        return (b"D " + path + b"\n",)
    head = f"M {put.mode:o} inline ".encode() + path
    return (head, f"\ndata {len(put.data)}\n".encode(), put.data, b"\n")


def bring_over(repository: Repository, start: str, commit: str) -> None:
    """Copy what ``commit`` has beyond ``start`` into the user's object store as one pack."""
    with tempfile.TemporaryDirectory(dir=repository.own, prefix="pack-") as folder:
        revisions = f"{commit}\n^{start}\n".encode()
        words = ("pack-objects", "--revs", "--quiet", f"{folder}/pack")
        name = repository.call(*words, feed=revisions).decode("ascii").strip()
        objects = _safe_directory(repository.common_dir, ("objects", "pack"))
        try:
            # git takes a pack for present once its index is there: the index goes last
            for suffix in (".pack", ".idx"):
                _copy(Path(folder) / f"pack-{name}{suffix}", objects, f"pack-{name}{suffix}")
        finally:
            os.close(objects)


def require_branches(repository: Repository) -> None:
    """Raise RemitError where no branch ``remit/RUN`` can be made, before anything is spent."""
    if _is_reftable(repository):
        raise RemitError(
            "this repository keeps its refs in a reftable, which Remit cannot write yet",
            "work in a clone that keeps them in files: git clone --ref-format=files",
        )
    if resolve_ref(repository.place, "refs/heads/remit"):
        raise RemitError(
            "a branch called “remit” is in the way of remit/RUN, where runs keep theirs",
            "rename it: git branch -m remit NEW-NAME",
        )
    os.close(_safe_directory(repository.common_dir, ("refs", "heads", "remit")))


def create_branch(repository: Repository, name: str, commit: str) -> None:
    """Create ``refs/heads/NAME``; raises RemitError where it or a part of it is in use."""
    if _is_reftable(repository):
        raise RemitError(
            "this repository keeps its refs in a reftable, which Remit cannot write yet",
            f"create the branch yourself: git branch {name} {commit}",
        )
    ref = f"refs/heads/{name}"
    if resolve_ref(repository.place, ref):
        raise RemitError(f"the branch {name} exists already", f"remove it: git branch -D {name}")
    *folders, leaf = ref.split("/")
    directory = _safe_directory(repository.common_dir, tuple(folders))
    try:
        _write_new(directory, leaf, f"{commit}\n".encode(), 0o644)
    except FileExistsError:
        raise RemitError(f"the branch {name} exists already") from None
    finally:
        os.close(directory)


def _is_reftable(repository: Repository) -> bool:
    return (repository.common_dir / "reftable").is_dir()


def _safe_directory(top: Path, parts: tuple[str, ...]) -> int:
    """A descriptor of ``top/parts``, made where missing and never through a symbolic link."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    current = os.open(top, flags)
    for part in parts:
        try:
            current = _step(current, part, flags | os.O_NOFOLLOW)
        except OSError as error:
            raise RemitError(
                f"{top}/{'/'.join(parts)} is not a plain directory ({error.strerror})",
                f"look at {top}/{part}: a link or file stands in its place",
            ) from None
    return current


def _step(current: int, part: str, flags: int) -> int:
    try:
        try:
            return os.open(part, flags, dir_fd=current)
        except FileNotFoundError:
            os.mkdir(part, dir_fd=current)
            return os.open(part, flags, dir_fd=current)
    finally:
        os.close(current)


def _copy(source: Path, directory: int, name: str) -> None:
    try:
        _write_new(directory, name, source.read_bytes(), 0o444)
    except FileExistsError:
        if not stat.S_ISREG(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode):
            raise RemitError(f"{name} in the object store is no plain file") from None


def _write_new(directory: int, name: str, data: bytes, mode: int) -> None:
    """Write a new file in one step: complete under a passing name, then linked to its own."""
    passing = f"{name}.remit-{os.getpid()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(passing, flags, mode, dir_fd=directory)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(passing, name, src_dir_fd=directory, dst_dir_fd=directory)
    finally:
        os.unlink(passing, dir_fd=directory)
