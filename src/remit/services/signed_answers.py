"""Whether a signed answer counts: for this request, in these words, by somebody who may sign.

Needs no supervisor: whoever records an answer calls this with what the run's ledger says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from remit.codec.answer_statement import NAMESPACE, Statement, decode, encode, statement_of
from remit.codec.sshsig import SshSignature, read_signature
from remit.errors import RemitError
from remit.model.deciding import SigningKeys
from remit.model.grant import Established, Expiry, Granter, GrantRequest, Signature
from remit.system.documents import read_document
from remit.system.ssh_keygen import NotVerified, is_revoked, signer_of, verify

FRESH_US = 10 * 60 * 1_000_000
"""How old a signature may be when it arrives."""
_AHEAD_US = 60 * 1_000_000
"""How far the signer's clock may go before ours."""
MAX_REVOKED = 4 * 1024 * 1024
_SIGN_AGAIN = "sign again: remit grant REQUEST --sign"


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed answer as it arrives: the signed bytes as text, and the armored signature."""

    statement: str
    armored: str


@dataclass(frozen=True, slots=True)
class Words:
    """What the person says with their yes, outside the signature: its digests must be theirs."""

    reason: str
    evidence: str
    expiry: Expiry
    shown: str = ""


def signed_by(
    asked: GrantRequest, words: Words, given: Signed, keys: SigningKeys, now_us: int
) -> Granter:
    """Who signed this yes to ``asked``; RemitError with the reason where it does not count."""
    if not keys.signers:
        message = "the policy names nobody who may sign in this run"
        raise RemitError(message, "name them for the next one: signers under [decide] in a policy")
    try:
        signature = _read(given)
        statement = _require_same(asked, words, given)
        _require_fresh(statement, now_us)
        name = _verified(given, keys, now_us)
    except (NotVerified, ValueError) as fault:
        raise RemitError(f"the signature does not count: {fault}", _SIGN_AGAIN) from None
    return _granter(name, signature, given, keys, now_us)


def _read(given: Signed) -> SshSignature:
    signature = read_signature(given.armored)
    if signature.namespace != NAMESPACE:
        raise NotVerified(f"it was made for {signature.namespace!a}, not for answers to agents")
    return signature


def _require_same(asked: GrantRequest, words: Words, given: Signed) -> Statement:
    """The statement, where it says exactly what is about to be recorded."""
    signed = decode(given.statement.encode("utf-8", "surrogatepass"))
    meant = statement_of(
        asked, words.reason, words.evidence, words.expiry, words.shown, signed.signed_us
    )
    for what in _differences(signed, meant):
        raise NotVerified(f"it is for another {what}")
    return signed


def _differences(signed: Statement, meant: Statement) -> Iterator[str]:
    names = {
        "run": "run",
        "request": "request",
        "kind": "item",
        "item": "item",
        "answer": "answer",
        "reason": "reason",
        "evidence": "expectation",
        "until": "end",
        "uses": "number of uses",
        "shown": "proof that it is needed again",
        "remit": "version",
    }
    for field, what in names.items():
        if getattr(signed, field) != getattr(meant, field):
            yield what
    if encode(signed) != encode(meant):
        yield "answer"


def _require_fresh(statement: Statement, now_us: int) -> None:
    age_us = now_us - statement.signed_us
    if age_us > FRESH_US:
        raise NotVerified(f"it is stale: signed {age_us // 60_000_000} minutes ago, 10 count")
    if age_us < -_AHEAD_US:
        raise NotVerified("it was signed in the future; set the clock of the signer right")


def _verified(given: Signed, keys: SigningKeys, now_us: int) -> str:
    signed = given.statement.encode()
    name = signer_of(given.armored, keys.signers, now_us)
    verify(name, NAMESPACE, signed, given.armored, keys.signers, now_us)
    for path in keys.revoked:
        revoked = read_document(Path(path), MAX_REVOKED)
        if revoked is None or len(revoked) > MAX_REVOKED:
            raise NotVerified(f"the list of revoked keys cannot be read: {path}")
        if is_revoked(name, NAMESPACE, signed, given.armored, keys.signers, now_us, revoked):
            raise NotVerified(f"its key is revoked, or the list is damaged: {path}")
    return name


def _granter(
    name: str, signature: SshSignature, given: Signed, keys: SigningKeys, now_us: int
) -> Granter:
    """Where the agent could have used the key as well, the signature says no more than a process
    of the same user does."""
    key = f"{signature.key_type} {signature.fingerprint}"
    kept = Signature(
        signature.key_type,
        signature.fingerprint,
        signature.presence,
        given.statement,
        given.armored,
        now_us,
    )
    if signature.presence:
        return Granter(name, Established.SIGNED, f"{key}, touched for this answer", kept)
    if keys.hidden:
        return Granter(name, Established.SIGNED, f"{key}, which the agent cannot reach", kept)
    detail = f"{key}, which asks for no touch where an agent could reach keys as well"
    return Granter(name, Established.PEER, detail, kept)
