"""Where other tools keep their rules, and reading them. Nothing is run, and nothing written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from remit.codec.claude_settings import parse_claude_settings
from remit.codec.dcg import parse_dcg
from remit.codec.json_lines import MAX_BYTES
from remit.codec.safety_net import parse_safety_net
from remit.errors import UsageError
from remit.services.imports.claude import ClaudeFile
from remit.services.imports.dcg import DcgFile
from remit.services.imports.paths import Anchors
from remit.services.imports.safety_net import SafetyFile
from remit.system.documents import read_document
from remit.system.files import find_root, list_folder

SYSTEM = Path("/etc")
"""Where an administrator keeps settings, in a folder for each tool."""
_MOST_FILES = 100


@dataclass(frozen=True, slots=True)
class Look:
    """Where to look. ``named`` is the file or folder a person gave, None for the usual places."""

    named: Path | None
    cwd: Path
    environ: Mapping[str, str]
    system: Path = SYSTEM

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
        raise _nothing(look, "settings of Claude Code", "settings.json")
    return files


def read_dcg(look: Look) -> tuple[DcgFile, ...]:
    """Configuration files and allowlists of dcg, strongest first; raises as :func:`read_claude`."""
    files = []
    for path in _dcg_places(look):
        if data := read_document(path, MAX_BYTES):
            files.append(DcgFile(shown(look, path), parse_dcg(data, shown(look, path))))
    if not files:
        raise _nothing(look, "configuration of dcg", ".dcg.toml")
    return tuple(files)


def _dcg_places(look: Look) -> Iterator[Path]:
    if look.named and not look.named.is_dir():
        yield look.named
        return
    named = look.environ.get("DCG_CONFIG", "")
    if named and not look.named:
        yield Path(named)
    yield from (look.root / ".dcg.toml", look.root / ".dcg" / "allowlist.toml")
    if not look.named:
        own = Path(look.environ.get("XDG_CONFIG_HOME") or look.home / ".config")
        for top in (own / "dcg", look.system / "dcg"):
            yield from (top / "config.toml", top / "allowlist.toml")


def read_safety_net(look: Look) -> tuple[SafetyFile, ...]:
    """Configuration files of cc-safety-net, strongest first; raises as :func:`read_claude`."""
    places = [look.root / ".safety-net.json"]
    if look.named and not look.named.is_dir():
        places = [look.named]
    elif not look.named:
        places.append(look.home / ".cc-safety-net" / "config.json")
    files = []
    for path in places:
        data = read_document(path, MAX_BYTES)
        if data and data.strip():
            name = shown(look, path)
            files.append(SafetyFile(name, parse_safety_net(data, name)))
    if not files:
        raise _nothing(look, "custom rules of cc-safety-net", ".safety-net.json")
    return tuple(files)


def _nothing(look: Look, what: str, name: str) -> UsageError:
    where = str(look.named) if look.named else "the usual places"
    return UsageError(f"no {what} in {where}", f"name a {name}, or a repository that has one")


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
    managed = look.system / "claude-code"
    yield from _claude(look, managed / "managed-settings.json", "", managed=True)
    further = managed / "managed-settings.d"
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
