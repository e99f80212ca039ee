"""Finding a repository and reading its pointers by hand: no git runs for this.

Reads ``.git`` (directory or file), ``commondir``, ``HEAD``, loose refs and ``packed-refs`` as
plain bounded files, so that nothing in the repository's configuration can start anything.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from remit.errors import RemitError

POINTER_LIMIT = 64 * 1024
PACKED_REFS_LIMIT = 256 * 1024 * 1024
_OBJECT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_DEPTH = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where a repository lies. For a linked worktree ``git_dir`` is its own part."""

    root: Path
    git_dir: Path
    common_dir: Path


def find_place(start: Path) -> Place:
    """The repository whose working tree holds ``start``; raises RemitError where there is none."""
    start = start.resolve()
    for root in (start, *start.parents):
        git_dir = _git_dir(root)
        if git_dir is not None:
            return Place(root, git_dir, _common_dir(git_dir))
    raise RemitError(
        f"{start} is not inside a git repository", "change into one, or make one with: git init"
    )


def _git_dir(root: Path) -> Path | None:
    entry = root / ".git"
    try:
        mode = entry.stat().st_mode
    except OSError:
        return None
    if stat.S_ISDIR(mode):
        return entry if (entry / "HEAD").exists() or (entry / "HEAD").is_symlink() else None
    text = read_small(entry) or ""
    if not text.startswith("gitdir: "):
        return None
    return Path(os.path.normpath(root / text.removeprefix("gitdir: ").rstrip("\n")))


def _common_dir(git_dir: Path) -> Path:
    text = read_small(git_dir / "commondir")
    return Path(os.path.normpath(git_dir / text.strip())) if text else git_dir


def read_small(path: Path, limit: int = POINTER_LIMIT) -> str | None:
    """The text of a plain file, None where it is missing or no plain file, cut at ``limit``."""
    data = read_plain(path, limit)
    return None if data is None else data.decode("utf-8", "surrogateescape")


def read_plain(path: Path, limit: int) -> bytes | None:
    """At most ``limit`` bytes of a regular file; a pipe or device in its place is never opened
    for long: the open does not block, and only a regular file is read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read(limit)


def current_branch(place: Place) -> str:
    """The branch HEAD points at, or ``""`` where it is detached."""
    head = (read_small(place.git_dir / "HEAD") or "").strip()
    return head.removeprefix("ref: ").strip() if head.startswith("ref: ") else ""


def resolve_head(place: Place) -> str:
    """The commit HEAD leads to, or ``""`` on a branch without a commit."""
    return resolve_ref(place, "HEAD")


def resolve_ref(place: Place, name: str, depth: int = 0) -> str:
    """The object id a full ref name leads to, or ``""``."""
    if depth > _DEPTH or ".." in name or name.startswith("/"):
        return ""
    text = _loose(place, name)
    if text.startswith("ref: "):
        return resolve_ref(place, text.removeprefix("ref: ").strip(), depth + 1)
    if _OBJECT_ID.fullmatch(text):
        return text
    return _packed(place, name)


def _loose(place: Place, name: str) -> str:
    for directory in (place.git_dir, place.common_dir):
        text = read_small(directory / name)
        if text is not None:
            return text.strip()
    return ""


def _packed(place: Place, name: str) -> str:
    data = read_plain(place.common_dir / "packed-refs", PACKED_REFS_LIMIT) or b""
    wanted = b" " + name.encode("utf-8", "surrogateescape")
    for line in data.splitlines():
        if line.endswith(wanted) and len(line) - len(wanted) in (40, 64):
            return line[: -len(wanted)].decode("ascii", "replace")
    return ""
