"""Reads an SSH signature (OpenSSH's SSHSIG) for what it says of itself; it verifies nothing."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Final

MAX_SIGNATURE = 8 * 1024
"""Characters; a signature by a large RSA key takes about two thousand."""
_ARMOR: Final = re.compile(
    r"-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)-----END SSH SIGNATURE-----\n?"
)
_PRESENT: Final = 0x01
"""The authenticator's flag for "somebody touched it"; it is part of what is signed."""


@dataclass(frozen=True, slots=True)
class SshSignature:
    """``fingerprint`` is ``SHA256:…`` as ``ssh-keygen -l`` prints it; ``presence`` says that the
    key is a FIDO key and reports a touch for this very signature."""

    key_type: str
    fingerprint: str
    namespace: str
    presence: bool


def read_signature(armored: str) -> SshSignature:
    """What ``armored`` says; ValueError where it is no SSH signature with a plain key."""
    found = _ARMOR.fullmatch(armored) if len(armored) <= MAX_SIGNATURE else None
    if found is None:
        raise ValueError("not an armored SSH signature")
    try:
        data = base64.b64decode(found[1].replace("\n", ""), validate=True)
    except binascii.Error:
        raise ValueError("its base64 does not hold") from None
    magic, version, rest = data[:6], data[6:10], data[10:]
    if magic != b"SSHSIG" or version != b"\0\0\0\1":
        raise ValueError("not version 1 of the format")
    key, rest = _string(rest)
    namespace, rest = _string(rest)
    _, rest = _string(rest)
    _, rest = _string(rest)
    signature, rest = _string(rest)
    if rest:
        raise ValueError("something follows the signature")
    return _read(key, namespace, signature)


def _read(key: bytes, namespace: bytes, signature: bytes) -> SshSignature:
    kind = _string(key)[0].decode("ascii")
    algorithm, rest = _string(signature)
    _, rest = _string(rest)
    if "-cert-" in kind:
        raise ValueError("signed with a certificate; sign with the key itself")
    hardware = kind.startswith("sk-") and algorithm.startswith(b"sk-")
    presence = hardware and len(rest) == 5 and bool(rest[0] & _PRESENT)
    digest = base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")
    return SshSignature(kind, f"SHA256:{digest}", namespace.decode("utf-8"), presence)


def _string(data: bytes) -> tuple[bytes, bytes]:
    """A length-prefixed string and what follows it."""
    length = int.from_bytes(data[:4], "big")
    if len(data) < 4 or len(data) - 4 < length:
        raise ValueError("it is cut short")
    return data[4 : 4 + length], data[4 + length :]
