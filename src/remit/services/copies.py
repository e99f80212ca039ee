"""A run's own working copy: the start commit in a folder of the run, beside the user's tree.

Uncommitted work is not in it, and what somebody does in the user's tree meanwhile is not seen.
The dependencies that the contract shares come from the user's tree: laid over an empty folder
where the agent has mounts of its own, copied elsewhere.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from remit.errors import RemitError
from remit.services.lending import Lent, lend_python
from remit.services.workspace import make_folder, remove_tree
from remit.storage.locate import StateDir
from remit.system.confine.plan import Means
from remit.system.git import Repository
from remit.system.git_copy import check_out

_SUBMODULE = 0o160000
_FOLDER = "copy"


def make_copy(
    theirs: Repository, state: StateDir, run: str, share: Sequence[str], means: Means
) -> Repository:
    """The repository with a fresh copy for ``run`` as its working tree; RemitError where it cannot
    be written."""
    root = state.run(run) / _FOLDER / (theirs.root.name or "tree")
    try:
        copied = check_out(theirs, root)
        for name in shared_places(theirs.root, share):
            if os.path.lexists(root / name):
                continue  # the commit holds it
            if means is Means.NAMESPACES:
                make_folder(root, name)
            else:
                _copy_folder(theirs.root / name, root / name)
    except (OSError, shutil.Error) as error:
        why = getattr(error, "strerror", None) or "some files could not be read"
        raise RemitError(
            f"the copy for this run could not be made: {why}",
            "see whether the disk of Remit's state has room: REMIT_STATE names another",
        ) from None
    return copied


def remove_copy(state: StateDir, run: str) -> None:
    """Take away the copy of ``run``, where it has one; a run ends also where that cannot be."""
    folder = state.run(run) / _FOLDER
    if folder.exists():
        with suppress(OSError):
            remove_tree(folder)


def shared_places(root: Path, share: Sequence[str]) -> tuple[str, ...]:
    """Those of ``share`` that are folders in the tree at ``root``."""
    return tuple(name for name in share if (root / name).is_dir())


def python_of(copy: Path, theirs: Path, share: Sequence[str]) -> Lent:
    """What programs in ``copy`` need to use a virtual environment of the tree ``theirs``."""
    return lend_python(shared_places(theirs, share), theirs, copy)


def copy_notes(repository: Repository) -> tuple[str, ...]:
    """What a person should know of a copy of ``repository``, one line each."""
    start = repository.head
    of = f"{start[:12]} of {repository.branch}" if repository.branch else start[:12]
    notes = [f"a copy of {of}; what is not committed is not in it"]
    entries = repository.list_files(start)
    if inner := [entry.path for entry in entries if entry.mode == _SUBMODULE]:
        notes.append(f"submodules are empty in the copy: {', '.join(inner[:5])}")
    attributes = repository.read_file(start, ".gitattributes") or b""
    if b"filter=lfs" in attributes:
        notes.append("files kept in Git LFS are pointers in the copy, as in the commit")
    return tuple(notes)


def _copy_folder(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, target, symlinks=True, ignore=_without_sockets)


def _without_sockets(folder: str, names: list[str]) -> set[str]:
    """Pipes, sockets and devices: reading them would wait, or never end."""
    odd = set()
    for name in names:
        with suppress(OSError):
            mode = os.lstat(f"{folder}/{name}").st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
                odd.add(name)
    return odd
