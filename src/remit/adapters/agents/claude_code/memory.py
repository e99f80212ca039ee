"""Memory files (CLAUDE.md and its kin) with their ``@imports``, gathered as the client would."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from remit.adapters.agents.claude_code.places import MAX_FILE, Place
from remit.model.digest import digest_of
from remit.model.events import CarriedItem

MAX_DEPTH = 5
MAX_TOTAL = 1024 * 1024
MAX_IMPORTS = 100
MAX_POINTERS = 50
_NESTED = "Folders with instructions of their own; read the file before you work there:"
_CODE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]*`", re.DOTALL)
_IMPORT = re.compile(r"(?:^|(?<=\s))@((?:[^\s\\]|\\ ){1,512})", re.MULTILINE)
_TITLES = {
    "project": "project instructions, checked into the repository",
    "user": "the user's own instructions for all projects",
}


@dataclass(slots=True)
class Memory:
    """What was gathered. ``text`` is ready to be appended to a system prompt."""

    parts: list[str] = field(default_factory=list)
    items: list[CarriedItem] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    size: int = 0
    _seen: set[str] = field(default_factory=set)

    @property
    def text(self) -> str:
        return "\n\n".join(self.parts)

    def gather(self, place: Place, paths: tuple[str, ...]) -> None:
        """Add the files of ``place`` that exist, each followed by what it imports."""
        for path in paths:
            self._add(place, path, MAX_DEPTH)

    def point_to(self, place: Place) -> None:
        """Name the instructions of subfolders: the client would load them on the way, which it
        does not do in a run."""
        nested = [name for name in place.names("") if name.endswith("/CLAUDE.md")]
        shown = [name for name in nested if not name.startswith(".") and name.isprintable()]
        if shown:
            lines = "\n".join(f"- {name}" for name in shown[:MAX_POINTERS])
            self.parts.append(f"{_NESTED}\n{lines}")

    def _add(self, place: Place, path: str, depth: int) -> None:
        label = place.shown(path)
        if label in self._seen or len(self._seen) >= MAX_IMPORTS:
            return
        content = place.read(path)
        if content is None:
            return
        self._seen.add(label)
        if len(content) > MAX_FILE or self.size + len(content) > MAX_TOTAL:
            self.left_out.append(f"{label}: too big to carry as instructions")
            return
        self.size += len(content)
        text = content.decode("utf-8", "replace").replace("\0", "\ufffd")
        self.items.append(CarriedItem("instructions", label, digest_of(content)))
        self.parts.append(f"Contents of {label} ({_TITLES[place.scope]}):\n\n{text.strip()}")
        for target in _imports(text):
            self._follow(place, path, target, depth)

    def _follow(self, place: Place, importer: str, target: str, depth: int) -> None:
        if target.startswith(("/", "~")):
            self.left_out.append(f"{place.shown(importer)}: the import @{target} leads outside")
            return
        path = posixpath.normpath(posixpath.join(posixpath.dirname(importer), target))
        if path == ".." or path.startswith("../"):
            self.left_out.append(f"{place.shown(importer)}: the import @{target} leads outside")
        elif depth > 0:
            self._add(place, path, depth - 1)
        else:
            self.left_out.append(f"{place.shown(importer)}: imports nested over {MAX_DEPTH} deep")


def _imports(text: str) -> Iterator[str]:
    """Targets of ``@path`` outside code, as written. Most ``@words`` name no file: that is fine."""
    for match in _IMPORT.finditer(_CODE.sub(" ", text)):
        yield match[1].replace("\\ ", " ").rstrip(".,;:)")


def project_files(place: Place) -> tuple[str, ...]:
    """In the client's order; AGENTS.md stands in where there is no CLAUDE.md."""
    own = ("CLAUDE.md", ".claude/CLAUDE.md")
    missing = all(place.read(path) is None for path in own)
    stand_in = ("AGENTS.md",) if missing else ()
    return (*stand_in, *own, *_rules(place), "CLAUDE.local.md")


def user_files(place: Place) -> tuple[str, ...]:
    return ("CLAUDE.md", *_rules(place))


def _rules(place: Place) -> tuple[str, ...]:
    names = place.names(f"{place.folder}rules")
    return tuple(name for name in sorted(names) if name.endswith(".md"))
