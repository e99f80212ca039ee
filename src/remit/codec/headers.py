"""A chain header as the bytes that are hashed, and back.

Reading is as strict as writing is canonical: one spelling, so the bytes that were hashed can
mean only one header.
"""

from __future__ import annotations

import re

from remit.model.chain import Header
from remit.model.digest import Digest

_WORD = rb"[A-Za-z0-9._-]{1,64}"
_DIGEST = rb"sha256:[0-9a-f]{64}"
_NUMBER = rb"0|[1-9][0-9]{0,15}"
_HEADER = re.compile(
    rb'\{"body_digest":"(%b)","body_length":(%b),"kind":"(%b)","previous":"(%b)",'
    rb'"run":"(%b)","schema":(%b),"time_us":(%b),"version":(%b)\}'
    % (_DIGEST, _NUMBER, _WORD, _DIGEST, _WORD, _NUMBER, _NUMBER, _NUMBER)
)


def header_bytes(header: Header) -> bytes:
    """The canonical bytes of ``header``; ValueError where a field has none.

    Its words need no escapes and its keys stand in order, so this is the form of RFC 8785:
    a test compares them. It is written for every entry, before the agent gets its answer.
    """
    data = (
        f'{{"body_digest":"{header.body_digest}","body_length":{header.body_length},'
        f'"kind":"{header.kind}","previous":"{header.previous}","run":"{header.run}",'
        f'"schema":{header.schema},"time_us":{header.time_us},"version":{header.version}}}'
    ).encode("ascii", "replace")
    if _HEADER.fullmatch(data) is None:
        raise ValueError(f"no header can say {header}")
    return data


def parse_header(data: bytes) -> Header:
    """The header that ``data`` spells; ValueError for any other bytes."""
    match = _HEADER.fullmatch(data)
    if match is None:
        raise ValueError("these bytes are no entry header")
    body, length, kind, previous, run, schema, time_us, version = match.groups()
    return Header(
        run.decode(),
        int(version),
        int(time_us),
        kind.decode(),
        int(schema),
        Digest(body.decode()),
        int(length),
        Digest(previous.decode()),
    )
