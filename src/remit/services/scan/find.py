"""Finds transcripts: plain files only, each once, however the folders are linked."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from remit.errors import UsageError
from remit.model.scan import Stamp
from remit.model.untrusted import well_formed
from remit.services.scan.gemini_places import gemini_chats, is_document, noted_ns

MAX_DEPTH = 12
LINES, DOCUMENT = ".jsonl", ".json"


class Found(NamedTuple):
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
    """Where Claude Code, Codex and Gemini CLI keep their sessions: the folders that their own
    environment variables name, or those below the home directory."""
    home = Path(environ.get("HOME") or "/")
    codex = Path(environ.get("CODEX_HOME") or home / ".codex")
    rest = (codex / "sessions", codex / "archived_sessions", *gemini_chats(environ, home))
    if named := environ.get("CLAUDE_CONFIG_DIR"):
        claude = tuple(Path(part) / "projects" for part in named.split(",") if part)
        return (*claude, *rest)
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    return (config / "claude" / "projects", home / ".claude" / "projects", *rest)


def find(place: Path) -> tuple[Found, ...]:
    """The transcripts at or below ``place``, by path. UsageError where there is nothing."""
    try:
        state = place.stat()
    except OSError as error:
        raise UsageError(
            f"{place}: {error.strerror}", "name a folder or a session's file"
        ) from None
    if stat.S_ISREG(state.st_mode):
        return (_found(str(place), state, noted_ns(str(place.parent))),)
    return tuple(sorted(_below(str(place)), key=lambda found: found.path))


def _below(place: str) -> Iterator[Found]:
    """Every file and folder once, under whatever names it is met."""
    seen: set[tuple[int, int]] = set()
    folders = [(place, 0)]
    while folders:
        folder, depth = folders.pop()
        noted = noted_ns(folder)
        for entry in _entries(folder):
            transcript = _is_transcript(entry.name, folder)
            if not transcript and (depth == MAX_DEPTH or not _is_folder(entry)):
                continue
            state = _state(entry)
            if state is None or (met := (state.st_dev, state.st_ino)) in seen:
                continue
            seen.add(met)
            if not transcript:
                folders.append((entry.path, depth + 1))
            elif stat.S_ISREG(state.st_mode):
                yield _found(entry.path, state, noted)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What lies in a folder, nothing where that cannot be seen."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _is_transcript(name: str, folder: str) -> bool:
    return name.endswith(LINES) or (name.endswith(DOCUMENT) and is_document(name, folder))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _state(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat()
    except OSError:
        return None


def _found(path: str, state: os.stat_result, noted: int) -> Found:
    """``noted`` is when what lies beside the file changed, as far as it tells of the file."""
    name = path if path.isascii() else well_formed(path)
    return Found(path, name, Stamp(state.st_size, max(state.st_ctime_ns, noted), state.st_ino))
