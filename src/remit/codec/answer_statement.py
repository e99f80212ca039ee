"""What a person signs: one answer to one request, as the bytes that are signed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import Final

from pydantic import TypeAdapter, ValidationError

from remit.codec.canonical import canonical
from remit.model.digest import Digest, digest_of
from remit.model.grant import Expiry, GrantRequest
from remit.model.json import Json

NAMESPACE: Final = "answer@remit"
"""Of our own, so that no signature made for git, a file or a login says anything here."""
MAX_STATEMENT: Final = 4096
GRANT: Final = "grant"


@dataclass(frozen=True, slots=True)
class Statement:
    """One answer. ``item`` is the digest of what was asked for, ``reason`` and ``evidence`` are
    digests of the person's words; ``until`` is ``end-of-task`` or UTC microseconds in digits,
    ``uses`` how many calls at most, 0 for any number; ``shown`` is the call that speaks for a
    renewal; ``signed_us`` is the signer's clock."""

    answer: str
    run: str
    request: str
    kind: str
    item: str
    reason: str
    evidence: str
    until: str
    uses: int
    shown: str
    signed_us: int
    remit: str = "answer 2"


def statement_of(
    asked: GrantRequest, reason: str, evidence: str, expiry: Expiry, shown: str, signed_us: int
) -> Statement:
    """A yes to ``asked`` in these words."""
    item = asked.item
    return granting(
        asked.run,
        asked.id,
        item.kind.value,
        item.digest,
        reason,
        evidence,
        expiry,
        shown,
        signed_us,
    )


def granting(
    run: str,
    request: str,
    kind: str,
    item: str,
    reason: str,
    evidence: str,
    expiry: Expiry,
    shown: str,
    signed_us: int,
) -> Statement:
    """A yes to the request that a supervisor listed."""
    words = _digest(reason), _digest(evidence)
    until, uses = expiry.until, expiry.uses
    return Statement(GRANT, run, request, kind, item, *words, until, uses, shown, signed_us)


def _digest(words: str) -> Digest:
    return digest_of(words.strip().encode("utf-8", "surrogatepass"))


def encode(statement: Statement) -> bytes:
    """The bytes that are signed: canonical JSON, one line."""
    plain: dict[str, Json] = asdict(statement)
    return canonical(plain) + b"\n"


@cache
def _adapter() -> TypeAdapter[Statement]:
    return TypeAdapter(Statement)


def decode(data: bytes) -> Statement:
    """The statement in ``data``; ValueError where these are not the very bytes of one."""
    if len(data) > MAX_STATEMENT:
        raise ValueError("longer than any answer")
    try:
        statement = _adapter().validate_json(data)
    except ValidationError:
        raise ValueError("not an answer of this Remit") from None
    if encode(statement) != data:
        raise ValueError("not in the one spelling of an answer")
    return statement
