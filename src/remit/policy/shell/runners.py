"""Whether a command is the same run as a check of the contract."""

from __future__ import annotations


def same_run(line: str, known: str) -> bool:
    return line == known
