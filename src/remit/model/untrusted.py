"""Text that is not ours: the agent's, the repository's, a tool's."""

from __future__ import annotations

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
