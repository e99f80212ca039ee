"""The ignore rules of a working tree as they were at one moment.

All rule files are copied into a skeleton of directories outside the tree; real git
answers from there. What happens to the tree's own rule files afterwards changes nothing.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from remit.model.tree import Node
from remit.system.git import Repository
from remit.system.git_command import GitCall, GitFailed, git
from remit.system.git_place import read_plain
from remit.system.tree import to_bytes, to_text

RULES_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """Rules kept below ``folder``; ``git_dir`` is ours."""

    git_dir: Path
    folder: Path

    def ignored(self, paths: Iterable[str]) -> frozenset[str]:
        """Those of ``paths`` the rules ignore; a directory is asked with a ``/`` at its end."""
        # the leading "./" keeps a name such as ":(glob)x" from being read as pathspec magic
        feed = b"".join(b"./" + to_bytes(path) + b"\0" for path in paths)
        if not feed:
            return frozenset()
        tree = self.folder / "tree"
        excludes = f"core.excludesFile={self.folder / 'exclude'}"
        words = ("check-ignore", "--no-index", "-z", "--stdin")
        call = GitCall(
            self.git_dir,
            ("--no-literal-pathspecs", "-c", excludes, *words),
            feed,
            (("GIT_WORK_TREE", str(tree)),),
            frozenset({0, 1}),
            cwd=tree,
        )
        return frozenset(to_text(path[2:]) for path in git(call).split(b"\0")[:-1])


def keep_rules(
    repository: Repository, nodes: Mapping[str, Node], folder: Path, environ: Mapping[str, str]
) -> IgnoreRules:
    """Copy every rule file that counts in ``repository`` into ``folder``."""
    tree = folder / "tree"
    tree.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path, node in nodes.items():
        if path.endswith(".gitignore") and stat.S_ISREG(node.mode):
            _keep_one(repository.root, tree, path)
    places = (_excludes_file(repository, environ), repository.common_dir / "info" / "exclude")
    texts = [read_plain(place, RULES_LIMIT) or b"" for place in places if place]
    (folder / "exclude").write_bytes(b"\n".join(texts))
    return IgnoreRules(repository.own, folder)


def _keep_one(root: Path, tree: Path, path: str) -> None:
    raw = to_bytes(path)
    if raw.rpartition(b"/")[2] != b".gitignore" or b"/.git/" in b"/" + raw:
        return
    data = read_plain(Path(os.fsdecode(os.fsencode(root) + b"/" + raw)), RULES_LIMIT)
    target = Path(os.fsdecode(os.fsencode(tree) + b"/" + raw))
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    target.write_bytes(data or b"")


def _excludes_file(repository: Repository, environ: Mapping[str, str]) -> Path | None:
    """``core.excludesFile`` of the repository or the user, else git's default place."""
    home = environ.get("HOME", "")
    config = Path(environ.get("XDG_CONFIG_HOME") or f"{home}/.config") / "git"
    for place in (repository.common_dir / "config", Path(home) / ".gitconfig", config / "config"):
        written = _configured(repository, place)
        if written:
            expanded = home + written[1:] if written.startswith("~/") else written
            return repository.root / expanded
    return config / "ignore" if home or environ.get("XDG_CONFIG_HOME") else None


def _configured(repository: Repository, place: Path) -> str:
    if not place.is_file():
        return ""
    words = ("config", "--file", str(place), "--no-includes", "-z", "--get", "core.excludesFile")
    try:
        output = git(GitCall(repository.own, words, accept=frozenset({0, 1})))
    except GitFailed:
        return ""
    return to_text(output.rstrip(b"\0"))
