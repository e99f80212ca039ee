"""How much was written, before anybody counted it: about one piece a token, rather more."""

from __future__ import annotations

import re

_PIECE = re.compile(r"[A-Za-z]{1,6}|[0-9]{1,3}|\s{2,}|[^\sA-Za-z0-9]")


def pieces_in(text: str) -> int:
    """Short runs of letters, of digits and of blanks, and every other character by itself."""
    return len(_PIECE.findall(text))
