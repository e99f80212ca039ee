"""Skills, agents and commands, repacked as a plugin of this run that holds nothing else.

``--plugin-dir`` is the way that works headless without setting sources (tried with 2.1.295 and
2.1.330): skills answer to their plain name, agents and commands to ``project:name``.
Front matter is rewritten line by line from a list of keys we know, because a skill's front
matter can carry hooks and pre-approved tools.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from remit.adapters.agents.claude_code.places import MAX_FILE, MAX_FILES, Place, safe_relative
from remit.adapters.agents.protocol import PrivateFile
from remit.model.digest import digest_of
from remit.model.events import CarriedItem

MAX_TOTAL = 16 * 1024 * 1024
KINDS = {"skills": "skill", "agents": "agent", "commands": "command"}

_KEYS = frozenset(
    {
        "name",
        "description",
        "tools",
        "disallowedTools",
        "disallowed-tools",
        "model",
        "effort",
        "color",
        "maxTurns",
        "skills",
        "version",
        "license",
        "metadata",
        "agent",
        "context",
        "argument-hint",
        "arguments",
        "when_to_use",
        "disable-model-invocation",
        "user-invocable",
    }
)
_KEY = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)\s*:(?:\s|$)")
_FENCE = re.compile(r"---\s*")


@dataclass(frozen=True, slots=True)
class Plugin:
    """One plugin folder. ``folder`` is None where there was nothing to carry. ``commands`` are the
    plain names of its commands, ``agents`` those of its agents."""

    folder: str | None
    files: tuple[PrivateFile, ...]
    items: tuple[CarriedItem, ...]
    left_out: tuple[str, ...]
    commands: tuple[str, ...]
    agents: tuple[str, ...]


def repack(place: Place, run_dir: str) -> Plugin:
    """The plugin for ``place``, to be written below ``run_dir``."""
    base = f"{run_dir}/carried/{place.scope}"
    files: list[PrivateFile] = []
    items: list[CarriedItem] = []
    left_out: list[str] = []
    size = 0
    for source, relative in _sources(place):
        content = _carried(place, source, relative)
        if content is None or size + len(content) > MAX_TOTAL or len(files) >= MAX_FILES:
            left_out.append(f"{place.shown(source)}: not a file that can be carried")
            continue
        size += len(content)
        mode = 0o700 if content.startswith(b"#!") else 0o600
        files.append(PrivateFile(f"{base}/{relative}", content, mode))
        what = KINDS[relative.split("/", 1)[0]]
        items.append(CarriedItem(what, place.shown(source), digest_of(content)))
    if not files:
        return Plugin(None, (), (), tuple(left_out[:20]), (), ())
    manifest = json.dumps({"name": place.scope, "description": "Carried in by Remit"}).encode()
    files.append(PrivateFile(f"{base}/.claude-plugin/plugin.json", manifest))
    relatives = [file.path.removeprefix(f"{base}/") for file in files]
    names = {kind: tuple(_named(relatives, kind)) for kind in ("commands", "agents")}
    return Plugin(
        base, tuple(files), tuple(items), tuple(left_out[:20]), names["commands"], names["agents"]
    )


def _sources(place: Place) -> Iterator[tuple[str, str]]:
    """Pairs of the path in ``place`` and the path in the plugin."""
    for kind in KINDS:
        for source in sorted(place.names(f"{place.folder}{kind}")):
            yield source, source.removeprefix(place.folder)


def _named(relatives: list[str], kind: str) -> Iterator[str]:
    for relative in relatives:
        if relative.startswith(f"{kind}/") and relative.endswith(".md"):
            yield relative.removeprefix(f"{kind}/").removesuffix(".md").replace("/", ":")


def _carried(place: Place, source: str, relative: str) -> bytes | None:
    in_skill = relative.startswith("skills/")
    if not safe_relative(relative) or not (in_skill or relative.endswith(".md")):
        return None
    content = place.read(source)
    if content is None or len(content) > MAX_FILE:
        return None
    if in_skill and not relative.lower().endswith("/skill.md"):
        return content  # a skill's own material: the client reads no front matter there
    return _narrowed(content)


def _narrowed(content: bytes) -> bytes | None:
    """``content`` with only the front matter keys we know; None where it cannot be told apart."""
    try:
        lines = content.decode("utf-8-sig").replace("\0", "\ufffd").splitlines()
    except UnicodeDecodeError:
        return None
    while lines and not lines[0].strip():
        lines.pop(0)
    if not lines or not lines[0].lstrip().startswith("---"):
        return ("\n".join(lines) + "\n").encode()
    end = next((n for n, line in enumerate(lines[1:], 1) if _FENCE.fullmatch(line)), None)
    if end is None or not _FENCE.fullmatch(lines[0]):
        return None
    kept = ["---", *_kept_lines(lines[1:end]), "---", *lines[end + 1 :]]
    return ("\n".join(kept) + "\n").encode()


def _kept_lines(lines: list[str]) -> Iterator[str]:
    keeping = False
    for line in lines:
        if found := _KEY.match(line):
            keeping = found[1] in _KEYS
        elif line.strip() and not line.startswith((" ", "\t", "- ")):
            keeping = False
        if keeping:
            yield line


def with_scopes(words: tuple[str, ...], commands: Mapping[str, str]) -> tuple[str, ...]:
    """``words`` in which a prompt such as ``/fix 12`` names the carried command it means."""
    return tuple(_with_scope(word, commands) for word in words)


def _with_scope(word: str, commands: Mapping[str, str]) -> str:
    match = re.match(r"/([A-Za-z0-9:_-]+)(?=\s|$)", word)
    if match is None or match[1] not in commands:
        return word
    return f"/{commands[match[1]]}:{word[1:]}"
