"""How many lines a file's change adds and removes. Pure, and bounded however large the file.

Small changes are counted as git counts them. In one of more than :data:`EXACT` lines, lines that
only moved may count nothing; where more than :data:`MOST_LINES` lie between the first and the last
change, all of them count, and a file of more than :data:`MOST_BYTES` counts all its lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

EXACT = 300
"""Lines up to which a change is compared line by line."""
MOST_LINES = 40_000
MOST_BYTES = 16 * 1024 * 1024
_LOOKED_AT = 8000
"""Bytes in which git looks for what makes a file binary."""


def is_binary(data: bytes) -> bool:
    """As git tells it."""
    return b"\0" in data[:_LOOKED_AT]


def changed_lines(before: bytes, after: bytes) -> int:
    """Lines added and removed; an absent file is empty. 0 where either is binary."""
    if is_binary(before) or is_binary(after):
        return 0
    if max(len(before), len(after)) > MOST_BYTES:
        return max(_lines(before), _lines(after))
    return _differing(_split(before), _split(after))


def _lines(data: bytes) -> int:
    return data.count(b"\n") + (not data.endswith(b"\n") and bool(data))


def _split(data: bytes) -> list[bytes]:
    """The lines with their ends: a last one without its end is another line."""
    return data.splitlines(keepends=True) if b"\r" not in data else _at_newlines(data)


def _at_newlines(data: bytes) -> list[bytes]:
    *whole, last = data.split(b"\n")
    return [line + b"\n" for line in whole] + ([last] if last else [])


def _differing(before: list[bytes], after: list[bytes]) -> int:
    before, after = _trimmed(before, after)
    whole = len(before) + len(after)
    if whole > MOST_LINES:
        return whole
    left, right = Counter(before), Counter(after)
    least = sum((left - right).values()) + sum((right - left).values())
    if least == whole or least > EXACT:
        return least
    return _edits(before, after)


def _trimmed(before: list[bytes], after: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Both without the lines they begin and end with alike."""
    shorter, head = min(len(before), len(after)), 0
    while head < shorter and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < shorter - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    return before[head : len(before) - tail], after[head : len(after) - tail]


def _edits(before: Sequence[bytes], after: Sequence[bytes]) -> int:
    """The fewest lines to remove and add (Myers 1986), one more than :data:`EXACT` at most."""
    furthest = {1: 0}
    for edits in range(EXACT + 1):
        for diagonal in range(-edits, edits + 1, 2):
            down = diagonal == -edits or (
                diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1]
            )
            x = furthest[diagonal + 1] if down else furthest[diagonal - 1] + 1
            y = x - diagonal
            while x < len(before) and y < len(after) and before[x] == after[y]:
                x, y = x + 1, y + 1
            furthest[diagonal] = x
            if x >= len(before) and y >= len(after):
                return edits
    return EXACT + 1
