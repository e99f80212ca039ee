"""Reviewers by area from a CODEOWNERS file."""

from __future__ import annotations

from remit.model.policy import Area

_MOST_AREAS = 50


def parse_codeowners(text: str) -> tuple[Area, ...]:
    """One area for each rule that names somebody; the last rule that matches counts, so the
    areas come last rule first."""
    areas = []
    for line in text.splitlines():
        words = line.split("#")[0].split()
        owners = tuple(word for word in words[1:] if "@" in word)
        if not owners or words[0].startswith(("[", "^[", "!")):
            continue
        areas.append(Area(words[0].strip("/") or "everything", (_pattern(words[0]),), owners))
    return tuple(reversed(areas[-_MOST_AREAS:]))


def _pattern(written: str) -> str:
    """CODEOWNERS anchors with a leading slash; ours are anchored by any slash inside."""
    anchored = written.startswith("/")
    pattern = written.strip("/")
    if pattern in ("", "*"):
        return "**"
    if written.endswith("/"):
        return f"{pattern}/**" if anchored or "/" in pattern else f"**/{pattern}/**"
    return pattern
