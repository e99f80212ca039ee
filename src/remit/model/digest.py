"""Content digests, written ``sha256:<64 hex>``."""

from __future__ import annotations

from typing import NewType

Digest = NewType("Digest", str)
GENESIS = Digest("sha256:" + "0" * 64)
"""What the first entry of a chain links to."""


def digest_of(data: bytes) -> Digest:
    """SHA-256 of ``data`` as a :data:`Digest`."""
    import hashlib  # opens a library: listing runs starts without it

    return Digest("sha256:" + hashlib.sha256(data).hexdigest())
