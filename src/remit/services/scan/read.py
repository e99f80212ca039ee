"""Reads one transcript, whoever's it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from remit.codec.transcripts.claude_code import ClaudeCode
from remit.codec.transcripts.codex import MARK, Codex
from remit.codec.transcripts.gemini import Gemini, is_session
from remit.model.transcript import Transcript
from remit.services.scan.collect import Collector
from remit.services.scan.find import DOCUMENT, Found
from remit.services.scan.gemini_places import roots, session_above
from remit.system.blocks import MAX_LINE, Blocks, read_whole

_HEAD = 4096
"""Bytes in which a file says whose it is."""
_LINES = 5
"""Lines of which one has to be whole to say so."""


def read(found: Found) -> Transcript:
    """Everything of the transcript; OSError where it cannot be read."""
    return read_into(Collector(found.name), found, ClaudeCode)


def read_into(collector: Collector, found: Found, claude_code: type[ClaudeCode]) -> Transcript:
    """The same through a ``collector`` of the caller's, with the reader for Claude Code named."""
    if found.path.endswith(DOCUMENT):
        return _document(collector, found)
    blocks = Blocks(Path(found.path))
    reader: ClaudeCode | Codex | Gemini | None = None
    for block, end in blocks:
        if reader is None:
            reader = _reader(collector, found, block, end) or claude_code(collector)
        reader.feed(block, end)
    if reader is not None and not isinstance(reader, ClaudeCode):
        reader.close()
    match reader:
        case Codex():
            return collector.transcript("codex", "", blocks.too_long, blocks.cut)
        case Gemini():
            session = session_above(Path(found.name))
            return collector.transcript("gemini", session, blocks.too_long, blocks.cut)
    session = session_of(Path(found.name))
    return collector.transcript("claude-code", session, blocks.too_long, blocks.cut)


def _reader(
    collector: Collector, found: Found, block: bytearray, end: int
) -> Codex | Gemini | None:
    """The reader for a file that begins with ``block``, None for Claude Code's."""
    if block.find(MARK, 0, min(end, _HEAD)) >= 0:
        return Codex(collector)
    return _gemini(collector, found) if is_session(_first_lines(block, end)) else None


def _first_lines(block: bytearray, end: int) -> Iterator[bytes]:
    start = 0
    for _ in range(_LINES):
        stop = block.find(b"\n", start, end)
        if stop < 0:
            return
        yield bytes(memoryview(block)[start:stop])
        start = stop + 1


def _gemini(collector: Collector, found: Found) -> Gemini:
    path = Path(found.name)
    return Gemini(collector, roots(Path(found.path)), path.stem if session_above(path) else "")


def _document(collector: Collector, found: Found) -> Transcript:
    """Older clients of Gemini write no lines."""
    reader = _gemini(collector, found)
    data = read_whole(Path(found.path), MAX_LINE)
    cut = reader.document(data) if data else False
    reader.close()
    session = session_above(Path(found.name))
    return collector.transcript("gemini", session, int(data is None), cut)


def session_of(path: Path) -> str:
    """Claude Code names a session's file after it; its subagents lie in a folder of that name.
    ``""`` where the path does not tell."""
    if not path.stem.startswith("agent-"):
        return path.stem
    return path.parents[1].name if path.parent.name == "subagents" else ""
