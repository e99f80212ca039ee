"""Finds transcripts: plain files only, each once, however the folders are linked."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from remit.errors import UsageError
from remit.model.untrusted import well_formed
from remit.storage.scan_index import Stamp

MAX_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Found:
    """A transcript as it lies there: where, and what changes when it does.

    ``name`` is the path as Unicode text, which a path need not be.
    """

    path: str
    name: str
    stamp: Stamp

    @property
    def size(self) -> int:
        return self.stamp.size


def default_places(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Where Claude Code and Codex keep their sessions: the folders that their own environment
    variables name, or those below the home directory."""
    home = Path(environ.get("HOME") or "/")
    codex = Path(environ.get("CODEX_HOME") or home / ".codex")
    rollouts = (codex / "sessions", codex / "archived_sessions")
    if named := environ.get("CLAUDE_CONFIG_DIR"):
        claude = tuple(Path(part) / "projects" for part in named.split(",") if part)
        return (*claude, *rollouts)
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    return (config / "claude" / "projects", home / ".claude" / "projects", *rollouts)


def find(place: Path) -> tuple[Found, ...]:
    """The transcripts at or below ``place``, by path. UsageError where there is nothing."""
    try:
        state = place.stat()
    except OSError as error:
        raise UsageError(f"{place}: {error.strerror}", "name a folder or a .jsonl file") from None
    if stat.S_ISREG(state.st_mode):
        return (_found(str(place), state),)
    seen: set[tuple[int, int]] = set()
    return tuple(sorted(_below(str(place), seen, 0), key=lambda found: found.path))


def _below(folder: str, seen: set[tuple[int, int]], depth: int) -> Iterator[Found]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        try:
            if entry.name.endswith(".jsonl"):
                state = entry.stat()
                if stat.S_ISREG(state.st_mode) and _first(state, seen):
                    yield _found(entry.path, state)
            elif depth < MAX_DEPTH and entry.is_dir() and _first(entry.stat(), seen):
                yield from _below(entry.path, seen, depth + 1)
        except OSError:
            continue


def _first(state: os.stat_result, seen: set[tuple[int, int]]) -> bool:
    """Whether this file or folder was not met before, under whatever name."""
    key = (state.st_dev, state.st_ino)
    if key in seen:
        return False
    seen.add(key)
    return True


def _found(path: str, state: os.stat_result) -> Found:
    name = path if path.isascii() else well_formed(path)
    return Found(path, name, Stamp(state.st_size, state.st_ctime_ns, state.st_ino))
