"""Where a set-up is read from: the repository at its start commit, and the user's own folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from remit.adapters.agents.protocol import StartTree

MAX_FILE = 256 * 1024
MAX_FILES = 2000


@dataclass(frozen=True, slots=True)
class Place:
    """One origin of set-up. ``scope`` is ``project`` or ``user``; ``folder`` is what stands before
    ``skills/`` and ``settings.json`` (``.claude/`` or ``""``); ``label`` is shown before a path."""

    scope: str
    label: str
    folder: str
    rules_base: str
    """Absolute folder that ``/x`` path rules of its settings are relative to."""
    read: Callable[[str], bytes | None]
    names: Callable[[str], tuple[str, ...]]

    def shown(self, path: str) -> str:
        return f"{self.label}{path}"


def project_place(tree: StartTree, root: str) -> Place:
    return Place("project", "", ".claude/", root, tree.read, tree.names)


def user_place(folder: str) -> Place:
    """The user's configuration folder, read as it is now; links are followed, as dotfiles need."""
    root = Path(folder)

    def read(path: str) -> bytes | None:
        return _read_file(root / path)

    def names(below: str) -> tuple[str, ...]:
        return tuple(_files_below(root, below))

    return Place("user", "~/.claude/", "", folder, read, names)


def safe_relative(path: str) -> bool:
    """Whether ``path`` may become a path of ours: relative, no dots, nothing hidden."""
    parts = PurePosixPath(path).parts
    plain = all(not part.startswith(".") and part.isprintable() for part in parts)
    return bool(parts) and plain and not path.startswith("/") and len(path) < 512


def _read_file(path: Path) -> bytes | None:
    """A regular file of at most :data:`MAX_FILE` bytes plus one, so that "too big" is seen."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return file.read(MAX_FILE + 1)


def _files_below(root: Path, below: str) -> Iterator[str]:
    found = 0
    for folder, folders, files in os.walk(root / below, followlinks=True):
        folders.sort()
        if len(Path(folder).relative_to(root).parts) > 12:
            folders.clear()
        for name in sorted(files):
            found += 1
            if found > MAX_FILES:
                return
            yield (Path(folder) / name).relative_to(root).as_posix()
