"""How reasons speak of text that is not ours."""

from __future__ import annotations

MOST = 120


def short(text: str, most: int = MOST) -> str:
    """``text`` on one line, without control characters, at most ``most`` characters."""
    seen = text[: most + 1]
    if not seen.isprintable():
        seen = "".join(letter if letter.isprintable() else " " for letter in seen)
    return seen if len(text) <= most else seen[: most - 1] + "…"


def listed(items: tuple[str, ...], most: int = 6) -> str:
    """``items`` as a sentence lists them; "nothing" for none."""
    if not items:
        return "nothing"
    shown = ", ".join(short(item, 60) for item in items[:most])
    return f"{shown} and {len(items) - most} more" if len(items) > most else shown
