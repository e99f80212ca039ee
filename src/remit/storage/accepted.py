"""Which policy and contract texts a person accepted on this machine.

One JSON file in the state directory, outside every repository: repository key -> path ->
digest and text. The text is kept so that a changed file can be shown as a difference.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from remit.errors import RemitError
from remit.model.digest import Digest, digest_of

_LIMIT = 64 * 1024 * 1024
_FIELDS = frozenset({"digest", "text", "by", "how", "at_us"})


@dataclass(frozen=True, slots=True)
class Accepted:
    """One accepted text. ``how`` says how the acceptance is known: ``terminal``, ``--yes``,
    ``written here``; ``at_us`` is UTC microseconds."""

    digest: Digest
    text: str
    by: str
    how: str
    at_us: int


@dataclass(frozen=True, slots=True)
class AcceptedStore:
    """The file at ``path``; every call reads it anew."""

    path: Path

    def find(self, repository: str, document: str) -> Accepted | None:
        """What was accepted for ``document`` of the repository with key ``repository``."""
        return _read(self.path).get(repository, {}).get(document)

    def remember(self, repository: str, texts: Mapping[str, Accepted]) -> None:
        """Record ``texts`` (document path -> acceptance) in one durable step."""
        with _locked(self.path):
            everything = _read(self.path)
            everything.setdefault(repository, {}).update(texts)
            _write(self.path, everything)


_Everything = dict[str, dict[str, Accepted]]


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One writer at a time; two terminals may accept at once."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(path.with_name(path.name + ".lock"), flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _read(path: Path) -> _Everything:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _broken(path, error.strerror or "cannot be opened") from None
    with os.fdopen(descriptor, "rb") as file:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode) or state.st_uid != os.geteuid():
            raise _broken(path, "it is not a plain file of yours")
        if state.st_mode & 0o022:
            raise _broken(path, "others may write it")
        data = file.read(_LIMIT + 1)
    return _parsed(path, data)


def _parsed(path: Path, data: bytes) -> _Everything:
    if len(data) > _LIMIT:
        raise _broken(path, "it is larger than 64 MB")
    try:
        raw = json.loads(data)
        listed = raw["accepted"]
        return {
            repository: {document: _accepted(value) for document, value in documents.items()}
            for repository, documents in listed.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _broken(path, f"it is damaged ({type(error).__name__})") from None


def _accepted(value: Mapping[str, object]) -> Accepted:
    if set(value) != _FIELDS:
        raise ValueError("fields")
    text, by, how, at_us = value["text"], value["by"], value["how"], value["at_us"]
    if not (isinstance(text, str) and isinstance(by, str) and isinstance(how, str)):
        raise TypeError("text")
    if not isinstance(at_us, int) or value["digest"] != digest_of(text.encode()):
        raise ValueError("digest")
    return Accepted(digest_of(text.encode()), text, by, how, at_us)


def _write(path: Path, everything: _Everything) -> None:
    plain = {
        repository: {document: asdict(accepted) for document, accepted in documents.items()}
        for repository, documents in everything.items()
    }
    data = json.dumps({"schema": 1, "accepted": plain}, indent=1, sort_keys=True).encode()
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        descriptor = os.open(fresh, flags, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        fresh.replace(path)
    except OSError as error:
        raise RemitError(f"cannot record the acceptance in {path}: {error.strerror}") from None


def _broken(path: Path, why: str) -> RemitError:
    remedy = f"look at it, then remove it to be asked again: rm {path}"
    return RemitError(f"cannot trust the list of accepted files {path}: {why}", remedy)
