"""Reads one transcript, whoever's it is."""

from __future__ import annotations

from pathlib import Path

from remit.codec.transcripts.claude_code import ClaudeCode
from remit.model.transcript import Transcript
from remit.services.scan.collect import Collector
from remit.services.scan.find import Found
from remit.system.blocks import Blocks


def read(found: Found) -> Transcript:
    """Everything of the transcript; OSError where it cannot be read."""
    collector = Collector(found.agent, found.name)
    reader = ClaudeCode(collector)
    blocks = Blocks(Path(found.path))
    for block, end in blocks:
        reader.feed(block, end)
    return collector.transcript(_session_of(Path(found.name)), blocks.too_long, blocks.cut)


def _session_of(path: Path) -> str:
    """Claude Code names a session's file after it; its subagents lie in a folder of that name."""
    if not path.stem.startswith("agent-"):
        return path.stem
    return path.parents[1].name if path.parent.name == "subagents" else ""
