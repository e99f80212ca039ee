"""Reads one transcript, whoever's it is."""

from __future__ import annotations

from pathlib import Path

from remit.codec.transcripts.claude_code import ClaudeCode
from remit.codec.transcripts.codex import MARK, Codex
from remit.model.transcript import Transcript
from remit.services.scan.collect import Collector
from remit.services.scan.find import Found
from remit.system.blocks import Blocks

_HEAD = 4096
"""Bytes in which a file says whose it is."""


def read(found: Found) -> Transcript:
    """Everything of the transcript; OSError where it cannot be read."""
    return read_into(Collector(found.name), found, ClaudeCode)


def read_into(collector: Collector, found: Found, claude_code: type[ClaudeCode]) -> Transcript:
    """The same through a ``collector`` of the caller's, with the reader for Claude Code named."""
    blocks = Blocks(Path(found.path))
    reader: ClaudeCode | Codex | None = None
    for block, end in blocks:
        if reader is None:
            ours = block.find(MARK, 0, min(end, _HEAD)) < 0
            reader = claude_code(collector) if ours else Codex(collector)
        reader.feed(block, end)
    if isinstance(reader, Codex):
        reader.close()
        return collector.transcript("codex", "", blocks.too_long, blocks.cut)
    session = session_of(Path(found.name))
    return collector.transcript("claude-code", session, blocks.too_long, blocks.cut)


def session_of(path: Path) -> str:
    """Claude Code names a session's file after it; its subagents lie in a folder of that name.
    ``""`` where the path does not tell."""
    if not path.stem.startswith("agent-"):
        return path.stem
    return path.parents[1].name if path.parent.name == "subagents" else ""
