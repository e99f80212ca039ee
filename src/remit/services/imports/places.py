"""Where other tools keep their rules, and reading them. Nothing is run, and nothing written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from remit.codec.claude_settings import parse_claude_settings
from remit.codec.json_lines import MAX_BYTES
from remit.errors import UsageError
from remit.services.imports.claude import ClaudeFile
from remit.services.imports.paths import Anchors
from remit.system.documents import read_document
from remit.system.files import find_root, list_folder

MANAGED = Path("/etc/claude-code")
_MOST_FILES = 100


@dataclass(frozen=True, slots=True)
class Look:
    """Where to look. ``named`` is the file or folder a person gave, None for the usual places;
    ``managed`` is where an administrator keeps settings."""

    named: Path | None
    cwd: Path
    environ: Mapping[str, str]
    managed: Path = MANAGED

    @property
    def home(self) -> Path:
        return Path(self.environ.get("HOME") or "/nonexistent")

    @property
    def root(self) -> Path:
        """The repository around what is named, or the folder itself."""
        start = self.named or self.cwd
        start = start if start.is_dir() else start.parent
        start = start.resolve()
        found = find_root(str(start))
        return Path(found) if found else start.parent if start.name == ".claude" else start


def read_claude(look: Look) -> tuple[ClaudeFile, ...]:
    """The settings files of Claude Code, strongest first. Raises UsageError where there is none,
    InvalidDocument where one does not hold: a rule nobody could read is no rule left out."""
    files = tuple(_claude_files(look))
    if not files:
        raise UsageError(_nothing(look), "name a settings.json, or a repository that has one")
    return files


def _nothing(look: Look) -> str:
    where = str(look.named) if look.named else "the usual places"
    return f"there are no settings of Claude Code in {where}"


def _claude_files(look: Look) -> Iterator[ClaudeFile]:
    if look.named and not look.named.is_dir():
        own = look.root if look.named.parent.name == ".claude" else look.named.resolve().parent
        yield from _claude(look, look.named, str(own))
        return
    project = look.root / ".claude"
    if not look.named:
        yield from _managed(look)
    yield from _claude(look, project / "settings.local.json", str(look.root))
    yield from _claude(look, project / "settings.json", str(look.root))
    if not look.named:
        own = Path(look.environ.get("CLAUDE_CONFIG_DIR") or look.home / ".claude")
        yield from _claude(look, own / "settings.json", str(own))


def _managed(look: Look) -> Iterator[ClaudeFile]:
    yield from _claude(look, look.managed / "managed-settings.json", "", managed=True)
    further = look.managed / "managed-settings.d"
    if further.is_dir():
        for name in sorted(list_folder(further))[:_MOST_FILES]:
            if name.endswith(".json"):
                yield from _claude(look, further / name, "", managed=True)


def _claude(look: Look, path: Path, own: str, *, managed: bool = False) -> Iterator[ClaudeFile]:
    data = read_document(path, MAX_BYTES)
    if data is None or not data.strip():
        return
    name = shown(look, path)
    anchors = Anchors(str(look.root), str(look.home), own)
    yield ClaudeFile(name, parse_claude_settings(data, name), anchors, managed)


def shown(look: Look, path: Path) -> str:
    """``path`` as people know it: below the repository, below the home, or whole."""
    absolute = path if path.is_absolute() else look.cwd / path
    for top, mark in ((look.root, ""), (look.home, "~/")):
        if absolute.is_relative_to(top):
            return mark + absolute.relative_to(top).as_posix()
    return str(path)
