"""Where Gemini CLI keeps its sessions, and what their places tell of them.

A project has a folder below ``~/.gemini/tmp``, named by the digest of its root or, since 2026, by
a short name. Its sessions lie in ``chats`` there; those of subagents in a folder below that is
named after the session.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

from remit.codec.transcripts.projects import roots_in
from remit.system.blocks import read_whole

CHATS = "chats"
_DATED = re.compile(r"session-\d{4}-\d\d-\d\dT\d\d-\d\d-")
"""How the files of main agents are called."""
_MOST_BYTES = 1024 * 1024
_LONGEST_PATH = 4096


def gemini_chats(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """The folders of sessions that are there."""
    top = Path(environ.get("GEMINI_CLI_HOME") or home) / ".gemini" / "tmp"
    return tuple(sorted(top.glob(f"*/{CHATS}")))


def is_document(name: str, folder: str) -> bool:
    """Whether a file that ends in ``.json`` is a session, from its name and its folder's path."""
    return name.startswith("session-") or CHATS in folder.split("/")[-2:]


def names_none(path: Path) -> bool:
    """Whether a file is named by its time, so that its session stands only inside."""
    return _DATED.match(path.name) is not None


def session_above(path: Path) -> str:
    """The session that a subagent's file belongs to, ``""`` where the place does not tell."""
    return path.parent.name if path.parent.parent.name == CHATS else ""


def roots(path: Path) -> Iterator[str]:
    """Folders that a session at ``path`` may have begun in: what the client noted beside it."""
    for folder, register in _notes(path.parent):
        yield _text(folder, _LONGEST_PATH).strip()
        yield from roots_in(_text(register, _MOST_BYTES))


def noted_ns(folder: str) -> int:
    """When that changed for sessions in ``folder``, in nanoseconds since the epoch; 0: there is
    nothing, or ``folder`` is none of Gemini's."""
    if CHATS not in folder.split("/")[-2:]:
        return 0
    return max(map(_changed_ns, chain.from_iterable(_notes(Path(folder)))), default=0)


def _notes(folder: Path) -> Iterator[tuple[Path, Path]]:
    """The file that names the folder of the project, and the register of all of them."""
    whole = folder.absolute()
    for chats in (whole, whole.parent):
        if chats.name == CHATS:
            project = chats.parent
            yield project / ".project_root", project.parent.parent / "projects.json"


def _changed_ns(path: Path) -> int:
    try:
        return path.stat().st_ctime_ns
    except OSError:
        return 0


def _text(path: Path, most: int) -> str:
    try:
        data = read_whole(path, most)
    except OSError:
        return ""
    return data.decode("utf-8", "replace") if data else ""
