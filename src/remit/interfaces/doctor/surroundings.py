"""What a run stands on: git, the state directory, the client."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from remit.adapters.agents.claude_code.version import find_client
from remit.errors import RemitError
from remit.interfaces.doctor.stage import Player
from remit.model.diagnosis import Gap, Liveness, Proof
from remit.storage.locate import mounts, read_state, refuse_network, state_place

OLDEST_GIT = (2, 30)
_SECONDS = 10


def examine_git(environ: Mapping[str, str]) -> tuple[Proof, tuple[Gap, ...]]:
    """Whether git is there and new enough; without it nothing else can be tried."""
    found = shutil.which("git", path=environ.get("PATH", os.defpath))
    if found is None:
        gap = Gap("git is not on the PATH", "install git 2.30 or newer: sudo apt install git")
        return Proof("git", True, Liveness.BROKEN, gap.what), (gap,)
    version = _git_version(found)
    shown = ".".join(map(str, version)) or "of unknown version"
    if version >= OLDEST_GIT:
        return Proof("git", True, Liveness.LIVE, f"git {shown}"), ()
    gap = Gap(f"git {shown} is too old", "install git 2.30 or newer")
    return Proof("git", True, Liveness.BROKEN, gap.what), (gap,)


def _git_version(git: str) -> tuple[int, ...]:
    try:
        words = [git, "--version"]
        told = subprocess.run(words, capture_output=True, timeout=_SECONDS, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.search(rb"(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?", told[:200])
    return tuple(int(part) for part in found.groups() if part) if found else ()


def examine_state(environ: Mapping[str, str]) -> tuple[Proof, tuple[Gap, ...]]:
    """Whether runs can be recorded where they would be; nothing is made there."""
    try:
        place = state_place(environ)
        if place.exists():
            read_state(environ)
            note = str(place)
        else:
            above = _nearest(place)
            refuse_network(above, mounts())
            if not os.access(above, os.W_OK | os.X_OK):
                raise RemitError(f"{above} cannot be written, so {place} cannot be made")
            note = f"{place} (made by the first run)"
    except RemitError as error:
        fix = error.remedy or "set REMIT_STATE to a folder on a local disk of this machine"
        return Proof("state", True, Liveness.BROKEN, error.message), (Gap(error.message, fix),)
    return Proof("state", True, Liveness.LIVE, note), ()


def _nearest(place: Path) -> Path:
    return next(folder for folder in place.parents if folder.exists())


def examine_client(
    choice: str, path: str, environ: Mapping[str, str]
) -> tuple[Player, Proof, tuple[Gap, ...]]:
    """Who plays the agent: the client that was named, the one on the PATH, or our own script.

    ``choice`` is ``claude``, ``scripted`` or ``""``; ``path`` names a client, or is ``""``.
    """
    if choice == "scripted":
        note = "our scripted agent was asked for: Claude Code itself is not shown"
        return Player(), Proof("client", False, Liveness.OFF, note), ()
    word = path or "claude"
    wanted = bool(path or choice)
    if shutil.which(word, path=environ.get("PATH", os.defpath)) is None:
        gap = Gap(f"{word} is not on the PATH", _INSTALL)
        note = f"{gap.what}: our scripted agent took its place"
        state = Liveness.UNKNOWN if wanted else Liveness.OFF
        return Player(), Proof("client", wanted, state, note), (gap,)
    try:
        client = find_client(word, environ)
    except RemitError as error:
        return (
            Player(),
            Proof("client", True, Liveness.BROKEN, error.message),
            (Gap(error.message, _INSTALL),),
        )
    note = f"Claude Code {client.version}, with a scripted model"
    return Player(client.path, client.version), Proof("client", True, Liveness.LIVE, note), ()


_INSTALL = "npm install -g @anthropic-ai/claude-code@latest"
