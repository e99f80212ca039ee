"""How runs, checks and connections end, and what ends them."""

from __future__ import annotations

from enum import StrEnum


class StopTrigger(StrEnum):
    OUT_OF_SCOPE_WRITE = "out-of-scope-write"
    REPEATED_DENIAL = "repeated-denial"
    ZONE = "zone"
    TIME = "time"
    FORGED = "forged"
    BUDGET = "budget"
    LOOP = "loop"
    """The agent repeats itself and nothing comes of it."""
    SIMILAR_FAILURES = "similar-failures"
    """Two attempts, one after another, ended with the same failure."""
    ATTEMPTS = "attempts"
    """The attempts that the contract gives are used up."""
    KILLED = "killed"
    NOT_GOVERNED = "not-governed"
    """The client never reported a hook: the settings were not loaded."""
    INTERNAL = "internal"
    """Remit itself could not go on; uncertain means no."""


class Ending(StrEnum):
    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"
    ABANDONED = "abandoned"
    KILLED = "killed"


class ConnectionEnd(StrEnum):
    CLOSED = "closed"
    """One side ended it, as usual."""
    REFUSED = "refused"
    """The name led to an address that no run reaches."""
    UNREACHABLE = "unreachable"
    CUT = "cut"
    """A limit of time or size was reached, or the run was over."""


class CheckState(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    CANNOT_RUN = "cannot-run"
    TIMED_OUT = "timed-out"
    CONTRADICTED = "contradicted"
    """Exit status, test ids and summary do not agree: the result is not believed."""
