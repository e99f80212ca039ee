"""Whether a chain is byte for byte what would be written again, as fast as it can be read.

It only ever says that a chain is sound. Where it is not sure, ``inspection`` reads the chain
field by field and says what is wrong, and where.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256

from remit.model.chain import LINK_TAG
from remit.model.digest import Digest
from remit.model.ids import RunId
from remit.storage.ledger import START, Head

_NUMBER = rb"(0|[1-9][0-9]{0,15})"
_FREE = re.compile(
    rb'.{93,110},"kind":"([A-Za-z0-9._-]{1,64})","previous":"sha256:.{64}","run":"[^"]{1,64}",'
    rb'"schema":' + _NUMBER + rb',"time_us":' + _NUMBER + rb",",
)
"""The fields of a header that nothing else fixes: its kind, schema and time."""
_HEADER = (
    b'{"body_digest":"sha256:%b","body_length":%d,"kind":"%b","previous":"sha256:%b",'
    b'"run":"%b","schema":%b,"time_us":%b,"version":%d}'
)


def sound_head(
    run: RunId, rows: Iterable[tuple[object, object, object]], kinds: dict[bytes, list[int]]
) -> Head | None:
    """The head of a chain of ``(header, link, body)`` rows that holds; None where it may not.
    ``kinds`` is filled with the versions of each kind."""
    name = run.encode("ascii", "replace")
    version, previous = START.version, START.link.removeprefix("sha256:").encode()
    for header, link, body in rows:
        if type(header) is not bytes or type(link) is not bytes or type(body) is not bytes:
            return None
        free = _FREE.match(header)
        if free is None:
            return None
        version += 1
        kind, schema, time_us = free.groups()
        digest = sha256(body).hexdigest().encode()
        fields = digest, len(body), kind, previous, name, schema, time_us, version
        if header != _HEADER % fields or sha256(LINK_TAG + header).digest() != link:
            return None
        previous = link.hex().encode()
        if kind in kinds:
            kinds[kind].append(version)
        else:
            kinds[kind] = [version]
    return Head(version, Digest("sha256:" + previous.decode()))
