"""Content digests, written ``sha256:<64 hex>``."""

from __future__ import annotations

import hashlib
from typing import NewType

Digest = NewType("Digest", str)


def digest_of(data: bytes) -> Digest:
    """SHA-256 of ``data`` as a :data:`Digest`."""
    return Digest("sha256:" + hashlib.sha256(data).hexdigest())
