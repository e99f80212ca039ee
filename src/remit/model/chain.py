"""The hash chain: entry = header + opaque body (ADR 0001).

The link is SHA-256 over a domain tag and the canonical header; the header carries the
body's digest and length. Because the link covers the digest and not the body, a leaked
secret can be removed from a body later and the chain still verifies, with a visible tombstone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from remit.model.digest import GENESIS, Digest, digest_of

LINK_TAG = b"remit/entry/v1\x00"


@dataclass(frozen=True, slots=True)
class Header:
    """What the link covers. ``version`` counts from 1 within ``run``; ``time_us`` is UTC
    microseconds since the epoch."""

    run: str
    version: int
    time_us: int
    kind: str
    schema: int
    body_digest: Digest
    body_length: int
    previous: Digest


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored entry. ``header_bytes`` are the very bytes hashed; ``body`` is None where it was
    redacted later."""

    header: Header
    header_bytes: bytes
    link: Digest
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where a chain is not what was written."""

    run: str
    version: int
    what: str


def link_of(header_bytes: bytes) -> Digest:
    """The link of an entry: SHA-256 over the domain tag and the canonical header."""
    return Digest("sha256:" + hashlib.sha256(LINK_TAG + header_bytes).hexdigest())


def first_break(run: str, entries: Iterable[Entry]) -> Break | None:
    """The first break of one run's chain, or None. ``entries`` are in order of version."""
    previous = GENESIS
    expected = 1
    for entry in entries:
        fault = _fault(entry, run, expected, previous)
        if fault:
            return Break(run, expected, fault)
        previous = entry.link
        expected += 1
    return None


def _fault(entry: Entry, run: str, expected: int, previous: Digest) -> str:
    header = entry.header
    if header.run != run:
        return f"belongs to run {header.run}"
    if header.version != expected:
        return f"version {header.version} stands where {expected} must"
    if header.previous != previous:
        return "does not link to the entry before it"
    if link_of(entry.header_bytes) != entry.link:
        return "its header does not match its link"
    if entry.body is not None and _body_fault(header, entry.body):
        return "its body does not match its digest"
    return ""


def _body_fault(header: Header, body: bytes) -> bool:
    return len(body) != header.body_length or digest_of(body) != header.body_digest
