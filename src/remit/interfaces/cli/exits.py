"""Exit codes, one enum for every command (ADR 0005). The hook alone uses 2 for "block"."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # help starts without what verdicts are made of
    from remit.model.verdict import VerdictOutcome


class Exit(IntEnum):
    """In CI everything but ``YES`` blocks."""

    YES = 0
    NO = 1
    USAGE = 2
    UNEXPECTED = 3
    INVALID = 4
    """A contract, policy or setting does not hold."""
    INTEGRITY = 5
    CANNOT_SAY = 6
    INTERRUPTED = 130


def verdict_exit(outcome: VerdictOutcome) -> Exit:
    """The exit code that says ``outcome``."""
    codes = {"pass": Exit.YES, "fail": Exit.NO, "cannot-say": Exit.CANNOT_SAY}
    return codes[outcome.value]
