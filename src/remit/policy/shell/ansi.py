"""Decode ``$'…'`` as bash does."""

from __future__ import annotations

import re

from remit.policy.shell.syntax import Unreadable

_ESCAPE = re.compile(
    r"\\(?:([abeEfnrtv\\'\"?])|([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})"
    r"|U([0-9a-fA-F]{1,8})|(c.)|(.))",
    re.DOTALL,
)
_LETTERS = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "E": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}


def ansi_c(text: str) -> str:
    """The text between ``$'`` and ``'``; raises :class:`Unreadable` for what we do not follow."""
    return _ESCAPE.sub(_decoded, text)


def _decoded(match: re.Match[str]) -> str:
    letter, octal, byte, short, long, control, other = match.groups()
    if letter:
        return _LETTERS.get(letter, letter)
    if octal or byte:
        code = int(octal, 8) & 255 if octal else int(byte, 16)
        if code == 0 or code > 127:
            raise Unreadable("an escaped byte")
        return chr(code)
    if short or long:
        code = int(short or long, 16)
        if code == 0 or code > 0x10FFFF or 0xD800 <= code < 0xE000:
            raise Unreadable("an escaped character")
        return chr(code)
    if control:
        raise Unreadable("an escaped control character")
    return "\\" + str(other)
