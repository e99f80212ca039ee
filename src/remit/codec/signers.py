"""Reads an allowed-signers file of OpenSSH strictly: each line names one person and one key."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from remit.errors import InvalidDocument, Problem

MAX_SIGNERS = 256 * 1024
_KEY: Final = re.compile(r"(?:^|\s)((?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+)\s+([A-Za-z0-9+/]+=*)")
_PERSON: Final = re.compile(r'[^\s"*?!,]{1,256}')


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that may sign. ``public`` is ``TYPE BASE64`` as ``ssh-add -L`` prints it."""

    name: str
    public: str


def read_signers(text: str, source: str) -> tuple[Signer, ...]:
    """The signers of ``text``; InvalidDocument with every line that names no one person."""
    signers: list[Signer] = []
    problems: list[Problem] = []
    known: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            signer = _signer(line)
            if (first := known.setdefault(signer.public, number)) != number:
                raise ValueError(f"names the key of line {first} again")
            signers.append(signer)
        except ValueError as fault:
            problems.append(Problem(f"line {number}", str(fault), _WRITE, number))
    if problems:
        raise InvalidDocument(source, tuple(problems), "correct these lines")
    return tuple(signers)


_WRITE: Final = "write: ada@example.org ssh-ed25519 AAAA…"


def _signer(line: str) -> Signer:
    name = line.split(None, 1)[0]
    if not _PERSON.fullmatch(name):
        raise ValueError("names no one person, but a pattern or several")
    options, found = line[len(name) :], _KEY.search(line, len(name))
    if found is None:
        raise ValueError("holds no public key")
    if "cert-authority" in options[: found.start()] or "-cert-" in found[1]:
        raise ValueError("names an authority, not a key")
    try:
        base64.b64decode(found[2], validate=True)
    except binascii.Error:
        raise ValueError("its key is damaged") from None
    return Signer(name, f"{found[1]} {found[2]}")
