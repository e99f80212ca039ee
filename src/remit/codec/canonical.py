"""The one spelling of a JSON value that is hashed (RFC 8785)."""

from __future__ import annotations

import rfc8785

from remit.model.json import Json


def canonical(value: Json) -> bytes:
    """Canonical bytes of ``value``.

    ValueError where it has none: an integer beyond 2^53, a lone surrogate.
    """
    try:
        return rfc8785.dumps(value)
    except UnicodeEncodeError as error:
        raise ValueError(f"a string is not Unicode text: {error.reason}") from None
