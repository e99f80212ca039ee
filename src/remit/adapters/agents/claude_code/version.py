"""Which Claude Code this is. Older than :data:`OLDEST` its guards cannot fail closed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from remit.errors import RemitError

OLDEST = (2, 1, 295)
"""The first with ``onFailure: "block"``: before it a crashed hook let the tool run."""

_PROBE_SECONDS = 30
_VERSION = re.compile(rb"(\d{1,6})\.(\d{1,6})\.(\d{1,6})\S* \(Claude Code\)")
_MEND = "install it with: npm install -g @anthropic-ai/claude-code"


@dataclass(frozen=True, slots=True)
class Client:
    """A client found on this machine. ``path`` is absolute and, where it still answers as Claude
    Code, the real file behind links and shims."""

    path: str
    version: str


def find_client(word: str, environ: Mapping[str, str]) -> Client:
    """The client ``word`` names; RemitError when it is missing, too old or something else."""
    found = shutil.which(word, path=environ.get("PATH", os.defpath))
    if found is None:
        raise RemitError(f"{word} is not on the PATH", _MEND)
    found = str(Path.cwd() / found)
    for path in dict.fromkeys((os.path.realpath(found), found)):
        version = _asked(path, environ)
        if version:
            return _new_enough(Client(path, ".".join(map(str, version))), version)
    raise RemitError(f"{found} does not answer --version as Claude Code does", _MEND)


def _new_enough(client: Client, version: tuple[int, ...]) -> Client:
    if version >= OLDEST:
        return client
    oldest = ".".join(map(str, OLDEST))
    raise RemitError(
        f"Claude Code {client.version} is too old to be held to a contract",
        f"update to {oldest} or later: from that version on a failing guard blocks",
    )


def _asked(path: str, environ: Mapping[str, str]) -> tuple[int, ...] | None:
    """What ``path`` answers to ``--version``; asked anew once the file is another."""
    try:
        state = Path(path).stat()
    except OSError:
        return None
    file = state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns
    kept = ((name, environ[name]) for name in ("PATH", "HOME", "LANG") if name in environ)
    return _version_of(path, file, tuple(kept))


@lru_cache(maxsize=8)
def _version_of(
    path: str, file: tuple[int, ...], kept: tuple[tuple[str, str], ...]
) -> tuple[int, ...] | None:
    try:
        answer = subprocess.run(
            [path, "--version"],
            env={**dict(kept), "DISABLE_AUTOUPDATER": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(answer.stdout[:4096])
    return tuple(int(part) for part in match.groups()) if match else None
