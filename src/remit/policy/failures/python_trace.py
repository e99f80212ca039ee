"""Python's own tracebacks, wherever they are printed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from remit.policy.failures.reading import Frame, number

_FRAME = re.compile(r'\s*File "([^"]{1,400})", line (\d{1,7})(?:, in (\S.{0,100}))?')
_KIND = re.compile(r"([A-Za-z_][\w.]{0,100})(?:: ?(.*)|)")
_HEAD = "Traceback (most recent call last)"
_MOST = 3


def python_trace(lines: Sequence[str]) -> tuple[list[Frame], str, str]:
    """(frames, error type, message) of the last traceback in ``lines``; of a chain, the error
    that ended it. A line of ``E`` of pytest may stand before each."""
    starts = [n for n, line in enumerate(lines) if line.startswith(_HEAD)]
    block = lines[starts[-1] + 1 :] if starts else lines
    said: list[str] = []
    for line in block:
        if _FRAME.match(line):
            said = []
        elif line and not line[0].isspace():
            said.append(line)
        elif said and line.strip():
            said.append(line.strip())
        elif said and not line.strip():
            break
    kind, first = error_and_message(said[0]) if said else ("", "")
    return (
        python_frames(block),
        kind.rpartition(".")[2] or "error",
        " ".join([first, *said[1:_MOST]]),
    )


def python_frames(lines: Sequence[str]) -> list[Frame]:
    matches = [match for line in lines if (match := _FRAME.match(line))]
    return [Frame(m[1], number(m[2]), (m[3] or "").replace("<module>", "")) for m in matches]


def error_and_message(line: str) -> tuple[str, str]:
    """``ValueError: no`` as its type and its message; ("", line) where it names no type."""
    match = _KIND.fullmatch(line)
    if match is None:
        return "", line
    kind = match[1]
    last = kind.rpartition(".")[2]
    if not last[:1].isupper() and not last.endswith(("error", "Error", "Exception")):
        return "", line
    return kind, match[2] or ""
