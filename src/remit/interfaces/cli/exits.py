"""Exit codes, one enum for every command (ADR 0005). The hook alone uses 2 for "block"."""

from __future__ import annotations

from enum import IntEnum

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


VERDICT_EXITS = {
    VerdictOutcome.PASS: Exit.YES,
    VerdictOutcome.FAIL: Exit.NO,
    VerdictOutcome.CANNOT_SAY: Exit.CANNOT_SAY,
}
