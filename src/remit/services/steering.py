"""Compares what steers the agent's next sessions, outside the tree, before and after a run.

It matters where the kernel does not keep the agent from these places. Nothing secret is kept: of
a file that holds what looks like a credential, and of what a client mixes with its state, only
digests.
"""

from __future__ import annotations

import base64
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypedDict

from remit.errors import IntegrityError
from remit.model.digest import Digest, digest_of
from remit.model.json import Json
from remit.model.steering import KnownBy, Steers
from remit.model.tree import Change, PathChange, Standing
from remit.policy.redact import redact
from remit.policy.zones import is_secret

MOST_FILES = 3000
MOST_BYTES = 256 * 1024
"""Of one file; a larger one is known by its status alone."""
MOST_CHANGES = 1000
"""That are told; the first of them stops the run."""
MOST_KEPT = 4 * 1024 * 1024
MOST_STATE = 32 * 1024 * 1024
_PLACE = "steering.json"
_PROFILES = (
    *(".profile", ".bash_profile", ".bashrc", ".bash_login", ".bash_logout"),
    *(".zshenv", ".zprofile", ".zshrc", ".zlogin", ".gitconfig", ".config/git/config"),
    *(".config/fish/config.fish", ".config/remit"),
)
"""What the user's next shell, git and Remit itself do."""


@dataclass(frozen=True, slots=True)
class Note:
    """One thing as it stood. ``status`` tells whether to look again; ``digest`` is of content or
    members; ``target`` is a link's; ``content`` is base64, None where it is not kept."""

    mode: int
    status: tuple[int, ...]
    digest: str
    target: str = ""
    content: str | None = None

    def is_same(self, other: Note) -> bool:
        own, theirs = (self.digest or self.status), (other.digest or other.status)
        return (own, self.target, self.mode) == (theirs, other.target, other.mode)


Notes = Mapping[str, Note]


@dataclass(frozen=True, slots=True)
class Watch:
    """The places that steer, which of them the agent could write to, and what stood there."""

    places: tuple[Steers, ...]
    reached: Callable[[str], bool]
    before: Notes = field(default_factory=dict)


def profiles(home: str) -> tuple[Steers, ...]:
    """What steers whatever agent runs."""
    return tuple(Steers(f"{home}/{name}") for name in _PROFILES)


_NOTHING: Notes = MappingProxyType({})


def note(
    places: Sequence[Steers], reached: Callable[[str], bool], before: Notes = _NOTHING
) -> Notes:
    """What stands at ``places``, as far as ``reached`` says that the agent could change it. What
    ``before`` knows with the same status is not read again."""
    notes: dict[str, Note] = {}
    kept = 0
    for place in places:
        for path in _files(place.path):
            if len(notes) >= MOST_FILES:
                return notes
            if not reached(path):
                continue
            found = _note(path, place, before.get(path), kept < MOST_KEPT)
            if found is not None:
                kept += len(found.content or "")
                notes[path] = found
    return notes


def _files(path: str) -> Iterator[str]:
    """The file at ``path``, or those below it. Links to folders are followed, as dotfiles need."""
    if not os.path.isdir(path):  # noqa: PTH112 (thousands of them)
        yield path
        return
    for folder, folders, files in os.walk(path, followlinks=True):
        folders[:] = sorted(name for name in folders if name not in (".git", "node_modules"))
        if folder.count("/") - path.count("/") > 12:
            folders.clear()
        yield from (f"{folder}/{name}" for name in sorted(files))


def _note(path: str, place: Steers, before: Note | None, room: bool) -> Note | None:
    try:
        own = os.lstat(path)
        target = os.readlink(path) if stat.S_ISLNK(own.st_mode) else ""  # noqa: PTH115
        found = os.stat(path) if target else own  # noqa: PTH116
    except OSError:
        return None
    status = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
    if before is not None and (before.status, before.target) == (status, target):
        return before
    mode = found.st_mode
    most = MOST_STATE if place.members else MOST_BYTES
    read = place.known_by is KnownBy.CONTENT and stat.S_ISREG(mode) and found.st_size <= most
    data = _read(path, found.st_size) if read else None
    if data is None:
        return Note(mode, status, "", target)
    if place.members:
        return Note(mode, status, _members(data, frozenset(place.members)), target)
    content = base64.b64encode(data).decode() if room and _may_keep(path, data) else None
    return Note(mode, status, digest_of(data), target, content)


def _read(path: str, size: int) -> bytes | None:
    """The content, in one read: half of what this takes is opening files."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            return os.read(descriptor, size)
        finally:
            os.close(descriptor)
    except OSError:
        return None


def _may_keep(path: str, data: bytes) -> bool:
    """Settings may hold tokens beside what steers; then their digest is all that is kept."""
    if is_secret(path):
        return False
    if not path.endswith((".json", ".toml", ".gitconfig", "config")):
        return True
    text = data.decode("utf-8", "replace")
    return redact(text).text == text


def _members(data: bytes, names: frozenset[str]) -> Digest:
    """The digest of the members of these names that say something; of all, where it is no JSON."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return digest_of(data)
    found = list(_steering(value, names, ""))
    return digest_of(json.dumps(found, sort_keys=True).encode("ascii"))


def _steering(value: Json, names: frozenset[str], where: str) -> Iterator[Json]:
    if isinstance(value, dict):
        for key in sorted(value):
            if key in names and value[key]:
                yield [where, key, value[key]]
            elif key not in names:
                yield from _steering(value[key], names, f"{where}/{key}")


def changes(before: Notes, after: Notes, by_others: Callable[[int], bool]) -> Iterator[PathChange]:
    """How ``after`` differs. ``by_others`` says of a moment (nanoseconds) whether a change then
    cannot be the agent's."""
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old is not None and new is not None and old.is_same(new):
            continue
        if old is None and new is not None and not new.content and new.digest == _EMPTY:
            continue  # a state file that the client made, with nothing in it that steers
        change = _change(old, new)
        others = new is not None and by_others(new.status[2])
        standing = Standing.OTHERS if others else Standing.OUT_OF_SCOPE
        digests = (_digest(old), _digest(new))
        yield PathChange(path, change, standing, *digests, old is None or old.content is not None)


_EMPTY = digest_of(b"[]")


def _change(old: Note | None, new: Note | None) -> Change:
    if old is None or new is None:
        return Change.ADDED if old is None else Change.DELETED
    if stat.S_IFMT(old.mode) != stat.S_IFMT(new.mode) or old.target != new.target:
        return Change.KIND
    return Change.MODE if old.digest and old.digest == new.digest else Change.MODIFIED


def _digest(found: Note | None) -> Digest | None:
    return Digest(found.digest) if found is not None and found.digest else None


def save(folder: Path, notes: Notes) -> Digest:
    """Keep ``notes`` in the folder of the run."""
    data = json.dumps({path: asdict(one) for path, one in notes.items()}).encode("ascii")
    place = folder / _PLACE
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    return digest_of(data)


def load(folder: Path, digest: Digest) -> Notes:
    """The notes of the run; IntegrityError where they are not those that ``digest`` names."""
    place = folder / _PLACE
    try:
        data = place.read_bytes()
    except OSError:
        data = b""
    if digest_of(data) != digest:
        raise IntegrityError("the notes of the run are not those the ledger names", str(place))
    value: dict[str, _Kept] = json.loads(data)
    return {path: _read_back(kept) for path, kept in value.items()}


class _Kept(TypedDict):
    mode: int
    status: list[int]
    digest: str
    target: str
    content: str | None


def _read_back(kept: _Kept) -> Note:
    status = tuple(kept["status"])
    return Note(kept["mode"], status, kept["digest"], kept["target"], kept["content"])
