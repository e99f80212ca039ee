"""A runner's output as lines that are cheap to read, whatever is in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

HEAD, TAIL = 64 * 1024, 256 * 1024
"""Characters of an output that are looked at: its beginning and its end."""
LINE_LIMIT = 1000
LINES_HEAD, LINES_TAIL = 2000, 6000

_ESCAPE = re.compile(
    r"\x1b(?:\[[0-9;:?]*[A-Za-z]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)|[()][A-Z0-9])"
)
_CAPTURED = re.compile(r"-{3,} Captured .{1,60} -{3,}")
_CUT = re.compile(r"^\[\d+ bytes left out\]$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Output:
    """``lines`` without colours and line ends; ``cut`` where some of the output is missing."""

    lines: tuple[str, ...]
    cut: bool

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def readable(output: str, root: str = "") -> Output:
    """``output`` as lines. ``root`` is the project's own directory there, taken off its paths."""
    cut = len(output) > HEAD + TAIL
    if cut:
        output = f"{output[:HEAD]}\n{output[-TAIL:]}"
    if root:
        output = output.replace(root.rstrip("/") + "/", "")
    output = _ESCAPE.sub("", output).replace("\r\n", "\n")
    lines = output.split("\n")
    if len(lines) > LINES_HEAD + LINES_TAIL:
        lines, cut = lines[:LINES_HEAD] + lines[-LINES_TAIL:], True
    plain = _without_captured(_last_drawn(line) for line in lines)
    return Output(tuple(plain), cut or bool(_CUT.search(output)))


def _without_captured(lines: Iterable[str]) -> Iterator[str]:
    """``lines`` without what a test printed and pytest repeats: it may look like any runner's."""
    captured = False
    for line in lines:
        if line.startswith("---"):
            captured = captured or bool(_CAPTURED.fullmatch(line))
        elif captured and line.startswith(("___", "===")):
            captured = False
        if not captured:
            yield line


def _last_drawn(line: str) -> str:
    """What a terminal would still show of a line that was drawn over, without trailing space."""
    return line.rstrip("\r").rpartition("\r")[2][:LINE_LIMIT].rstrip()
