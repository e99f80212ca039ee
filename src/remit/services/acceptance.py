"""A stranger's files mean nothing until a person accepted their content on this machine."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from remit.codec.toml import decode
from remit.errors import RemitError
from remit.model.digest import Digest, digest_of
from remit.model.untrusted import Untrusted
from remit.storage.accepted import Accepted, AcceptedStore

_MOST_DIFF_LINES = 2_000


@dataclass(frozen=True, slots=True)
class RepositoryFile:
    """A policy or contract file as it stands in a commit. ``path`` is relative to the root."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class PendingAcceptance:
    """A text nobody accepted here yet. ``diff`` is unified against what was accepted before, or
    the whole text where nothing was (``is_new``)."""

    file: RepositoryFile
    digest: Digest
    is_new: bool
    diff: Untrusted

    @property
    def is_removed(self) -> bool:
        return not self.file.text and not self.is_new


def read_files(
    read: Callable[[str], bytes | None], paths: Sequence[str]
) -> tuple[RepositoryFile, ...]:
    """Those of ``paths`` that exist in the commit ``read`` reads from."""
    found = []
    for path in paths:
        data = read(path)
        if data is not None:
            found.append(RepositoryFile(path, decode(data, path)))
    return tuple(found)


def pending(
    store: AcceptedStore, repository: str, files: Sequence[RepositoryFile]
) -> tuple[PendingAcceptance, ...]:
    """What a person must accept before anything in ``files`` may be used."""
    found = []
    for file in files:
        before = store.find(repository, file.path)
        digest = digest_of(file.text.encode())
        if before is None or before.digest != digest:
            diff = _difference("" if before is None else before.text, file)
            found.append(PendingAcceptance(file, digest, before is None, diff))
    return tuple(found)


def pending_against(
    base: Callable[[str], bytes | None], files: Sequence[RepositoryFile]
) -> tuple[PendingAcceptance, ...]:
    """In CI the base branch's content is the acceptance: what differs from it is pending."""
    found = []
    for file in files:
        data = base(file.path)
        accepted = None if data is None else decode(data, file.path)
        if accepted != file.text:
            diff = _difference(accepted or "", file)
            digest = digest_of(file.text.encode())
            found.append(PendingAcceptance(file, digest, accepted is None, diff))
    return tuple(found)


def accept(
    store: AcceptedStore,
    repository: str,
    files: Sequence[RepositoryFile],
    by: str,
    how: str,
    now_us: int,
) -> None:
    """Remember that the person ``by`` accepted exactly these texts."""
    texts = {
        file.path: Accepted(digest_of(file.text.encode()), file.text, by, how, now_us)
        for file in files
    }
    store.remember(repository, texts)


def require_accepted(found: Sequence[PendingAcceptance]) -> None:
    """Raise where a text is pending and nobody can be asked."""
    if found:
        names = ", ".join(item.file.path for item in found)
        verb = "is" if len(found) == 1 else "are"
        message = f"{names} {verb} not accepted on this machine, so nothing it names may run"
        if all(item.is_removed for item in found):
            message = f"{names} was accepted here and is gone; nobody accepted that it is"
        raise RemitError(message, _way_to_accept(found))


def _way_to_accept(found: Sequence[PendingAcceptance]) -> str:
    if any(item.file.path.endswith("policy.toml") for item in found):
        return "read the change, then: remit policy accept"
    return "read it in a terminal: the same command without --yes shows it and asks"


def _difference(before: str, file: RepositoryFile) -> Untrusted:
    lines = list(
        difflib.unified_diff(
            before.split("\n") if before else [],
            file.text.split("\n"),
            "accepted" if before else "nothing",
            file.path,
            lineterm="",
        )
    )
    if len(lines) > _MOST_DIFF_LINES:
        left = len(lines) - _MOST_DIFF_LINES
        lines = [*lines[:_MOST_DIFF_LINES], f"... and {left} more lines"]
    return Untrusted("\n".join(lines))
