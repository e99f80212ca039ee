"""SSH keys and signatures for tests; the FIDO ones by hand, as an authenticator would make them."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

TOUCHED, UNTOUCHED = 0x01, 0x00
_APPLICATION = b"ssh:"


@dataclass(frozen=True)
class Key:
    """``public`` is ``TYPE BASE64``; ``sign`` makes an armored signature over bytes."""

    path: Path
    flags: int | None = None

    @property
    def public(self) -> str:
        if self.flags is None:
            return " ".join(self.path.with_suffix(".pub").read_text().split()[:2])
        return f"sk-ssh-ed25519@openssh.com {base64.b64encode(self._blob()).decode()}"

    def sign(self, data: bytes, namespace: str) -> str:
        if self.flags is not None:
            return self._touch(data, namespace)
        argv = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(self.path), "-n", namespace]
        done = subprocess.run(argv, input=data, capture_output=True, check=True)
        return done.stdout.decode()

    def _blob(self) -> bytes:
        argv = ["openssl", "pkey", "-in", str(self.path), "-pubout", "-outform", "DER"]
        raw = subprocess.run(argv, capture_output=True, check=True).stdout[-32:]
        return _string(b"sk-ssh-ed25519@openssh.com") + _string(raw) + _string(_APPLICATION)

    def _touch(self, data: bytes, namespace: str) -> str:
        assert self.flags is not None
        head = _string(namespace.encode()) + _string(b"") + _string(b"sha512")
        message = b"SSHSIG" + head + _string(hashlib.sha512(data).digest())
        extra = bytes([self.flags]) + (7).to_bytes(4, "big")
        signed = hashlib.sha256(_APPLICATION).digest() + extra + hashlib.sha256(message).digest()
        source = self.path.with_suffix(".tbs")
        source.write_bytes(signed)
        argv = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", str(self.path), "-in"]
        raw = subprocess.run([*argv, str(source)], capture_output=True, check=True).stdout
        signature = _string(b"sk-ssh-ed25519@openssh.com") + _string(raw) + extra
        whole = b"SSHSIG\0\0\0\1" + _string(self._blob()) + head + _string(signature)
        text = base64.b64encode(whole).decode()
        lines = "\n".join(text[at : at + 70] for at in range(0, len(text), 70))
        return f"-----BEGIN SSH SIGNATURE-----\n{lines}\n-----END SSH SIGNATURE-----\n"


def software_key(folder: Path, name: str) -> Key:
    path = folder / name
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)]
    subprocess.run(argv, check=True)
    return Key(path)


def touched_key(folder: Path, name: str, flags: int = TOUCHED) -> Key:
    """A FIDO key; with ``UNTOUCHED`` one that was made with ``-O no-touch-required``."""
    path = folder / f"{name}.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(path)], check=True)
    return Key(path, flags)


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data
