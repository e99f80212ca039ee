"""A chain header as the bytes that are hashed, and back.

Reading is as strict as writing is canonical: one spelling, so the bytes that were hashed can
mean only one header.
"""

from __future__ import annotations

import re

from remit.model.chain import Header
from remit.model.digest import Digest

_WORD = r"[A-Za-z0-9._-]{1,64}"
_DIGEST = r"sha256:[0-9a-f]{64}"
_NUMBER = r"0|[1-9][0-9]{0,15}"
_HEADER = re.compile(
    rf'{{"body_digest":"({_DIGEST})","body_length":({_NUMBER}),"kind":"({_WORD})",'
    rf'"previous":"({_DIGEST})","run":"({_WORD})","schema":({_NUMBER}),"time_us":({_NUMBER}),'
    rf'"version":({_NUMBER})}}',
    re.ASCII,
)


def header_bytes(header: Header) -> bytes:
    """The canonical bytes of ``header``; ValueError where a field has none.

    Its words need no escapes and its keys stand in order, so this is the form of RFC 8785:
    a test compares them. It is written for every entry, before the agent gets its answer.
    """
    text = (
        f'{{"body_digest":"{header.body_digest}","body_length":{header.body_length},'
        f'"kind":"{header.kind}","previous":"{header.previous}","run":"{header.run}",'
        f'"schema":{header.schema},"time_us":{header.time_us},"version":{header.version}}}'
    )
    if _HEADER.fullmatch(text) is None:
        raise ValueError(f"no header can say {header}")
    return text.encode("ascii")


def parse_header(data: bytes) -> Header:
    """The header that ``data`` spells; ValueError for any other bytes."""
    match = _HEADER.fullmatch(data.decode("ascii", "replace"))
    if match is None:
        raise ValueError("these bytes are no entry header")
    body, length, kind, previous, run, schema, time_us, version = match.groups()
    return Header(
        run,
        int(version),
        int(time_us),
        kind,
        int(schema),
        Digest(body),
        int(length),
        Digest(previous),
    )
