"""A git directory of a run's own, laid over the user's ``.git`` while the agent works.

The agent may add, commit, branch and stash there as it likes. Objects are borrowed and cannot be
changed; index, references, configuration and hooks are its own, and the user's git never reads
them.
"""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from remit.system.git import SHALLOW_LIMIT, Repository, alternate_line
from remit.system.git_place import PACKED_REFS_LIMIT, read_plain

BORROWED = "borrowed"
"""Where the user's objects appear in the private directory."""
_COPY_LIMIT = 512 * 1024 * 1024
_REFS_LIMIT = 100_000
_COPIED = {"packed-refs": PACKED_REFS_LIMIT, "shallow": SHALLOW_LIMIT, "info/exclude": 1024 * 1024}
_IDENTITY = "[user]\n\tname = Agent\n\temail = agent@localhost\n"


def can_be_private(repository: Repository) -> bool:
    """Whether ``.git`` is a plain directory of its own: neither a linked worktree's pointer nor
    references in another form than files."""
    place = repository.root / ".git"
    own = repository.git_dir == place and not place.is_symlink()
    return own and not (repository.common_dir / "reftable").exists()


def make_private(repository: Repository, folder: Path) -> Path:
    """Make the private directory ``folder``, to be laid over ``.git``; git reads nothing to make
    it."""
    make_git_dir(repository, folder, f"{repository.root}/.git/{BORROWED}")
    (folder / BORROWED).mkdir(mode=0o700)
    _copy(repository.git_dir / "index", folder / "index", _COPY_LIMIT)
    return folder


def make_git_dir(repository: Repository, folder: Path, objects: str) -> None:
    """Make ``folder`` a git directory with the references of ``repository`` and a configuration
    of ours, without an index. ``objects`` is where it borrows them."""
    theirs = repository.common_dir
    for part in ("objects/info", "objects/pack", "refs/heads", "refs/tags", "info", "hooks"):
        (folder / part).mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, limit in _COPIED.items():
        _copy(theirs / name, folder / name, limit)
    _copy(repository.git_dir / "HEAD", folder / "HEAD", 4096)
    _copy_references(theirs, folder)
    (folder / "objects/info/alternates").write_bytes(os.fsencode(f"{alternate_line(objects)}\n"))
    (folder / "config").write_text(_config(repository))


def _config(repository: Repository) -> str:
    extension = "[extensions]\n\tobjectFormat = sha256\n"
    version, more = (1, extension) if repository.algorithm == "sha256" else (0, "")
    return (
        f"[core]\n\trepositoryformatversion = {version}\n\tbare = false\n\tfilemode = true\n"
        f"\tlogallrefupdates = true\n[gc]\n\tauto = 0\n{more}{_IDENTITY}"
    )


def _copy(source: Path, target: Path, limit: int) -> None:
    """Copy a plain file; what is none, or is over ``limit`` bytes, is left out."""
    try:
        state = source.lstat()
    except OSError:
        return
    if stat.S_ISREG(state.st_mode) and state.st_size <= limit:
        data = read_plain(source, limit)
        if data is not None:
            target.write_bytes(data)


def _copy_references(theirs: Path, folder: Path) -> None:
    copied = 0
    for directory, folders, files in os.walk(theirs / "refs"):
        folders.sort()
        below = Path(directory).relative_to(theirs)
        (folder / below).mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in files:
            copied += 1
            if copied > _REFS_LIMIT:
                return
            _copy(Path(directory) / name, folder / below / name, 4096)


def remove_private(folder: Path) -> None:
    """Take the private directory away; what the agent committed there goes with it."""
    shutil.rmtree(folder, ignore_errors=True)
