"""A repository, read through a git directory of our own.

Nothing here runs git against the user's git directory: finding it is done by hand
(``git_place``), objects come through alternates, and what is written goes over by hand too
(``git_write``). See ``git_command`` for why.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from remit.errors import RemitError
from remit.model.tree import Change
from remit.system.git_command import GitCall, GitFailed, git
from remit.system.git_place import (
    Place,
    current_branch,
    find_place,
    read_plain,
    resolve_head,
    resolve_ref,
)

FILE_LIMIT = 64 * 1024 * 1024
SHALLOW_LIMIT = 16 * 1024 * 1024
_OBJECT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ABBREVIATED = re.compile(r"[0-9a-f]{4,64}")
_RAW = "* -text !eol -ident -filter !working-tree-encoding\n"
"""Our ``info/attributes`` outranks every ``.gitattributes``: bytes stay as they are."""
_STATUS = {"A": Change.ADDED, "D": Change.DELETED, "M": Change.MODIFIED, "T": Change.KIND}


class TreeEntry(NamedTuple):
    """One file of a commit. ``mode`` is git's (``0o100644``, ``0o120000``, ``0o160000``)."""

    path: str
    mode: int
    blob: str


@dataclass(frozen=True, slots=True)
class FileDiff:
    """One file that differs between two commits; line counts are None for binary files."""

    path: str
    change: Change
    added: int | None
    removed: int | None
    old_mode: int
    new_mode: int


@dataclass(frozen=True, slots=True)
class Repository:
    """An opened repository.

    ``head`` is the commit HEAD leads to, or ``""`` where there is none yet; ``branch`` is its
    short name or ``""``; ``remote`` the first remote without credentials, or the folder's name.
    ``key`` names the repository in our state; ``own`` is our git directory for it.
    """

    place: Place
    key: str
    head: str
    branch: str
    remote: str
    own: Path

    @property
    def root(self) -> Path:
        return self.place.root

    @property
    def git_dir(self) -> Path:
        return self.place.git_dir

    @property
    def common_dir(self) -> Path:
        return self.place.common_dir

    @property
    def algorithm(self) -> str:
        return "sha256" if len(self.head) == 64 else "sha1"

    def call(
        self,
        *arguments: str | bytes,
        feed: bytes | None = None,
        variables: tuple[tuple[str, str], ...] = (),
    ) -> bytes:
        """Run one git command in our directory; ``variables`` are further ``GIT_*`` ones."""
        return git(GitCall(self.own, arguments, feed, variables))

    # what stands in a commit

    def resolve(self, name: str) -> str:
        """The commit a name or (abbreviated) id stands for; raises RemitError where none does."""
        for ref in (name, f"refs/heads/{name}", f"refs/tags/{name}", f"refs/remotes/{name}"):
            if found := resolve_ref(self.place, ref):
                return self._peeled(found)
        if _ABBREVIATED.fullmatch(name):
            return self._peeled(name)
        raise RemitError(f"no commit is called {name!r}", "give a commit id or a branch name")

    def _peeled(self, name: str) -> str:
        try:
            return self._line("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")
        except GitFailed:
            raise RemitError(
                f"{name} is not a commit of {self.root}", "fetch it, or give another commit"
            ) from None

    def commit_exists(self, commit: str) -> bool:
        """Whether ``commit`` is a full id of a commit that is here."""
        if not _OBJECT_ID.fullmatch(commit):
            return False
        try:
            return self._line("cat-file", "-t", commit) == "commit"
        except GitFailed:
            return False

    def tree_of(self, commit: str) -> str:
        """The tree id of a commit."""
        return self._line("rev-parse", "--verify", f"{_checked(commit)}^{{tree}}")

    def parents_of(self, commit: str) -> tuple[str, ...]:
        """The parents of a commit, first parent first."""
        line = self._line("rev-list", "--parents", "-n1", _checked(commit))
        return tuple(line.split()[1:])

    def message_of(self, commit: str) -> str:
        """The whole message of a commit."""
        _, _, message = self.call("cat-file", "commit", _checked(commit)).partition(b"\n\n")
        return message.decode("utf-8", "replace")

    def merge_base(self, one: str, other: str) -> str:
        """The best common ancestor of two commits, or ``""``."""
        words = ("merge-base", _checked(one), _checked(other))
        return _text(git(GitCall(self.own, words, accept=frozenset({0, 1})))).strip()

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether ``newer`` contains ``older``."""
        return self.merge_base(older, newer) == older

    def list_files(self, commit: str) -> tuple[TreeEntry, ...]:
        """Every file of a commit, links and submodules included, in git's order."""
        return _entries(self.call("ls-tree", "-r", "-z", "--full-tree", _checked(commit)))

    def read_file(self, commit: str, path: str, limit: int = FILE_LIMIT) -> bytes | None:
        """The raw bytes of a file (or a link's target) in a commit, None where there is none."""
        where = os.fsencode(path)
        found = _entries(self.call("ls-tree", "-z", "--full-tree", _checked(commit), "--", where))
        entry = next((entry for entry in found if entry.path == path), None)
        if entry is None or entry.mode in (0o160000, 0o040000):
            return None
        return self.read_blob(entry.blob, limit)

    def read_blob(self, blob: str, limit: int = FILE_LIMIT) -> bytes:
        """The raw bytes of a blob; raises GitFailed beyond ``limit`` bytes."""
        return git(GitCall(self.own, ("cat-file", "blob", _checked(blob)), limit=limit))

    def blob_oid(self, data: bytes) -> str:
        """The id git gives to ``data`` as a blob of this repository."""
        return blob_id(data, self.algorithm)

    # what differs

    def diff(self, base: str, commit: str) -> tuple[FileDiff, ...]:
        """What differs from ``base`` to ``commit``, per file; renames are a delete and an add."""
        words = ("diff-tree", "-r", "-z", "--raw", "--numstat", *_PLAIN_DIFF)
        return _diffs(self.call(*words, "--abbrev=64", _checked(base), _checked(commit)))

    def diff_text(self, base: str, commit: str, limit: int) -> bytes:
        """The patch from ``base`` to ``commit``; raises GitFailed beyond ``limit`` bytes."""
        words = ("diff-tree", "-r", "-p", *_PLAIN_DIFF, _checked(base), _checked(commit))
        return git(GitCall(self.own, words, limit=limit))

    def export_tree(self, commit: str, directory: Path) -> None:
        """Write a commit's files into the empty ``directory`` as raw bytes, without filters."""
        index = directory.parent / f".{directory.name}.index"
        directory.mkdir(parents=True, exist_ok=True)
        variables = (("GIT_INDEX_FILE", str(index)), ("GIT_WORK_TREE", str(directory)))
        words = ("checkout-index", "--all", "--quiet", f"--prefix={directory}/")
        try:
            self.call("read-tree", _checked(commit), variables=variables)
            self.call(*words, variables=variables)
        finally:
            index.unlink(missing_ok=True)

    def _line(self, *arguments: str) -> str:
        return _text(self.call(*arguments)).strip()


_PLAIN_DIFF = ("--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none")


def open_repository(path: Path, place_of: Callable[[str], Path]) -> Repository:
    """The repository whose working tree holds ``path``.

    ``place_of`` gives the directory of our state for a repository's key
    (``StateDir.repository``). Raises RemitError where there is no repository.
    """
    place = find_place(path)
    key = hashlib.sha256(os.fsencode(place.common_dir.resolve())).hexdigest()[:24]
    head = resolve_head(place)
    branch = current_branch(place).removeprefix("refs/heads/")
    own = _own_git_dir(place_of(key) / "git", place, head)
    return Repository(place, key, head, branch, _remote(own, place), own)


def require_head(repository: Repository) -> str:
    """The commit HEAD leads to; raises RemitError on a branch without one."""
    if repository.head:
        return repository.head
    raise RemitError(
        f"{repository.root} has no commit yet",
        'make a first commit: git add -A && git commit -m "Start"',
    )


def blob_id(data: bytes, algorithm: str) -> str:
    """The object id of ``data`` as a blob; ``algorithm`` is ``sha1`` or ``sha256``."""
    return hashlib.new(
        algorithm, b"blob %d\x00" % len(data) + data, usedforsecurity=False
    ).hexdigest()


def _own_git_dir(own: Path, place: Place, head: str) -> Path:
    """Our bare git directory for this repository, made or brought up to date."""
    for part in ("objects/info", "objects/pack", "refs/heads", "info"):
        (own / part).mkdir(parents=True, exist_ok=True, mode=0o700)
    extension = "[extensions]\n\tobjectFormat = sha256\n" if len(head) == 64 else ""
    version = 1 if extension else 0
    _keep(own / "HEAD", "ref: refs/heads/none\n")
    core = f"[core]\n\trepositoryformatversion = {version}\n\tbare = true\n"
    _keep(own / "config", core + extension)
    _keep(own / "info/attributes", _RAW)
    _keep(own / "objects/info/alternates", alternate_line(str(place.common_dir / "objects")) + "\n")
    if shallow := read_plain(place.common_dir / "shallow", SHALLOW_LIMIT):
        _keep(own / "shallow", shallow.decode("ascii", "replace"))
    else:
        (own / "shallow").unlink(missing_ok=True)
    return own


def _keep(path: Path, text: str) -> None:
    data = os.fsencode(text)
    if read_plain(path, len(data) + 1) == data:
        return
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.write_bytes(data)
    fresh.replace(path)


def alternate_line(path: str) -> str:
    """A path as a line of ``alternates``: quoted as C where git would misread it."""
    plain = path.isprintable() and not path.startswith(('"', "#")) and path.isascii()
    return path if plain else quote_path(os.fsencode(path))


def quote_path(path: bytes) -> str:
    """``path`` as a C string in double quotes, every odd byte as an octal escape."""
    shown = (chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\{b:03o}" for b in path)
    return f'"{"".join(shown)}"'


def _remote(own: Path, place: Place) -> str:
    """The first remote's address (``origin`` first) without credentials, or the folder's name."""
    config = place.common_dir / "config"
    name = place.root.name
    try:
        if not stat.S_ISREG(config.stat().st_mode):
            return name
        words = ("config", "--file", str(config), "--no-includes", "-z", "--get-regexp")
        output = git(GitCall(own, (*words, r"^remote\..*\.url$"), accept=frozenset({0, 1})))
    except (OSError, GitFailed):
        return name
    pairs = [_text(item).split("\n", 1) for item in output.split(b"\0") if b"\n" in item]
    found = dict(reversed(pairs))
    url = found.get("remote.origin.url") or next(iter(reversed(found.values())), "")
    return without_credentials(url) or name


def without_credentials(url: str) -> str:
    """A remote's address without user, password, query and fragment."""
    if "://" not in url:
        host, colon, path = url.partition(":")
        return f"{host.rpartition('@')[2]}{colon}{path}" if "/" not in host else url
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _entries(output: bytes) -> tuple[TreeEntry, ...]:
    entries = []
    for item in output.split(b"\0")[:-1]:
        facts, _, path = item.partition(b"\t")
        mode, _, blob = facts.split(b" ")
        name = path.decode("utf-8", "surrogateescape")
        entries.append(TreeEntry(name, int(mode, 8), blob.decode("ascii")))
    return tuple(entries)


def _diffs(output: bytes) -> tuple[FileDiff, ...]:
    fields = output.split(b"\0")[:-1]
    kinds: dict[bytes, tuple[bytes, ...]] = {}
    found = []
    place = 0
    while place < len(fields):
        item = fields[place]
        if item.startswith(b":"):
            kinds[fields[place + 1]] = tuple(item[1:].split(b" "))
            place += 2
        else:
            added, removed, path = item.split(b"\t", 2)
            found.append(_file_diff(path, kinds[path], added, removed))
            place += 1
    return tuple(found)


def _file_diff(path: bytes, raw: tuple[bytes, ...], added: bytes, removed: bytes) -> FileDiff:
    old_mode, new_mode, old, new, status = raw
    change = _STATUS.get(status.decode("ascii")[:1], Change.MODIFIED)
    if change is Change.MODIFIED and old == new:
        change = Change.MODE
    return FileDiff(
        path.decode("utf-8", "surrogateescape"),
        change,
        None if added == b"-" else int(added),
        None if removed == b"-" else int(removed),
        int(old_mode, 8),
        int(new_mode, 8),
    )


def _checked(commit: str) -> str:
    """``commit`` where it is a full object id: nothing else becomes an argument."""
    if not _OBJECT_ID.fullmatch(commit):
        raise RemitError(f"{commit!r} is not a full commit id", "resolve it first")
    return commit


def _text(output: bytes) -> str:
    return output.decode("utf-8", "surrogateescape")
