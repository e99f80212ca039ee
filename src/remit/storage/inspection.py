"""Whether a stored chain is what was written, whichever ledger stores it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field

from remit.codec.headers import parse_header
from remit.errors import IntegrityError
from remit.model.chain import Break, Entry, first_break
from remit.model.digest import Digest
from remit.model.ids import RunId
from remit.storage.ledger import START, Head


def entry_of(row: tuple[bytes, bytes, bytes | None], place: str) -> Entry:
    """The entry of a row as it is stored; IntegrityError at ``place`` where it is none."""
    header, link, body = row
    try:
        if body is not None and not isinstance(body, bytes):
            raise ValueError("a body is no bytes")
        return Entry(parse_header(header), header, Digest("sha256:" + link.hex()), body)
    except (ValueError, AttributeError):  # a damaged file may hold another type here
        raise IntegrityError("its header is not one that Remit wrote", place) from None


@dataclass(slots=True)
class _Seen:
    """How far a chain was read, and which bodies were gone."""

    last: Entry | None = None
    emptied: list[int] = field(default_factory=list)

    def watch(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in entries:
            yield entry
            self.last = entry
            if entry.body is None:
                self.emptied.append(entry.header.version)

    @property
    def head(self) -> Head:
        return Head(self.last.header.version, self.last.link) if self.last else START


def chain_break(
    run: RunId, entries: Iterable[Entry], head: Head, redacted: Set[int]
) -> Break | None:
    """The first break of one run.

    ``head`` is what the run's summary says its newest entry is, ``redacted`` the versions
    whose body was removed by the audited path. ``entries`` may raise IntegrityError.
    """
    seen = _Seen()
    try:
        found = first_break(run, seen.watch(entries))
    except IntegrityError as error:
        return Break(run, seen.head.version + 1, error.message)
    return found or _emptied(run, seen.emptied, redacted) or _head_break(run, seen.head, head)


def _emptied(run: RunId, emptied: list[int], redacted: Set[int]) -> Break | None:
    unrecorded = (version for version in emptied if version not in redacted)
    return next(
        (Break(run, v, "its body is gone and no redaction says why") for v in unrecorded), None
    )


def _head_break(run: RunId, seen: Head, head: Head) -> Break | None:
    if seen == head:
        return None
    if seen.version < head.version:
        missing = head.version - seen.version
        return Break(run, seen.version + 1, f"{missing} of {head.version} entries are missing here")
    if seen.version > head.version:
        return Break(run, head.version + 1, f"the run's head says it has {head.version} entries")
    return Break(run, head.version, "the run's head names another last entry")
