"""How much was written, before anybody counted it: about one piece a token, rather more."""

from __future__ import annotations

import re

_PIECE = re.compile(
    r"[a-z]{1,2}(?=[a-z]{14})|[A-Z]?[a-z]{1,5}|[A-Z]{1,2}|[0-9]{1,3}|\s{2,}|[^\sA-Za-z0-9]"
)
_SPLIT = re.compile(r"[\u0800-\u2fff\ua000-\uabff\ud800-\uffff]|[^\u0000-\uffff]")
"""Characters of three and four bytes outside of the scripts of China, Japan and Korea: tokenizers
take them apart."""


def pieces_in(text: str) -> int:
    """Short runs of letters that begin a word, of capitals, of digits and of blanks, and every
    other character by itself. Letters that run on and on are no words: two make a piece."""
    found = len(_PIECE.findall(text))
    return found if text.isascii() else found + len(_SPLIT.findall(text)) * 2


def pieces_in_bytes(data: bytes) -> int:
    """Of what could not be read: all of it."""
    return pieces_in(data.decode("utf-8", "replace"))
