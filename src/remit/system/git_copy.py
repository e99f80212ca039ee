"""A working copy of one commit, with objects borrowed from the repository it is of.

It has a git directory of its own, so that nothing done there reaches the user's: index,
references, configuration and hooks are the copy's. Files are the raw bytes of the commit.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from remit.system.git import Repository
from remit.system.git_command import GitCall, git
from remit.system.git_place import Place
from remit.system.git_private import make_git_dir

_CHECKOUT_S = 900.0


def check_out(repository: Repository, root: Path) -> Repository:
    """Write the files of HEAD into the new folder ``root``; the repository as seen from there.

    Commits made for it go to the user's objects and branches, as those of ``repository`` do.
    """
    own = root / ".git"
    own.mkdir(parents=True, mode=0o700)
    make_git_dir(repository, own, str(repository.common_dir / "objects"))
    variables = (("GIT_INDEX_FILE", str(own / "index")), ("GIT_WORK_TREE", str(root)))
    for words in (("read-tree", repository.head), ("checkout-index", "--all", "--index", "-q")):
        git(GitCall(repository.own, words, None, variables, time_s=_CHECKOUT_S, cwd=root))
    return seen_from(repository, root)


def seen_from(repository: Repository, root: Path) -> Repository:
    """``repository`` with ``root``, a copy of it, as its working tree."""
    return replace(repository, place=Place(root, root / ".git", repository.common_dir))
