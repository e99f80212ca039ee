"""Text that is not ours: the agent's, the repository's, a tool's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn


@dataclass(frozen=True, slots=True)
class Untrusted:
    """Text written by somebody else. It becomes a string only through the escape of a sink.

    Formatting it directly raises, so a forgotten escape fails in the first test that
    renders it instead of in a reviewer's terminal.
    """

    text: str

    def __str__(self) -> NoReturn:
        raise TypeError("untrusted text needs the escape of its sink (adapters/render/escape)")

    def __format__(self, spec: str) -> NoReturn:
        self.__str__()

    def __html__(self) -> NoReturn:
        self.__str__()


_SURROGATE = re.compile("[\ud800-\udfff]")


def well_formed(text: str) -> str:
    """``text`` with lone surrogates spelled out: a byte that was not UTF-8 as ``\\xff``.

    Paths of git carry such bytes as surrogates; no JSON reader or output stream takes them.
    """
    return _SURROGATE.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"<U+{code:04X}>"
