"""Loops of an agent, as the detector names them."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class LoopKind(StrEnum):
    """What repeats. The value is the name of the rule in reports."""

    REPEAT = "repeat"
    """The same call with the same result, one after the other."""
    CYCLE = "cycle"
    """The same few calls with the same results, in the same order."""
    SAME_CALL = "same-call"
    """The same call one after the other, whatever it brings."""
    ERRORS = "errors"
    """Calls that fail with the same error, one after the other."""
    DENIALS = "denials"
    """Calls that a rule or a person held back, again and again."""
    OSCILLATION = "oscillation"
    """Edits that take a file back to what it was before."""
    RETRY = "retry"
    """The same failing call with the same failure after each edit: nothing was learned."""
    REREAD = "reread"
    """The same read with the same result, with nothing written in between. Never stops."""


class Limit(NamedTuple):
    """At which count a rule warns and at which it stops; ``stop`` 0 never does."""

    warn: int
    stop: int


class LoopLimits(NamedTuple):
    """The counts of every rule. ``polling`` replaces the first three for tools made for waiting."""

    repeat: Limit = Limit(3, 5)
    cycle: Limit = Limit(3, 4)
    same_call: Limit = Limit(8, 15)
    errors: Limit = Limit(4, 8)
    denials: Limit = Limit(3, 5)
    same_denial: Limit = Limit(2, 3)
    oscillation: Limit = Limit(2, 3)
    retry: Limit = Limit(3, 4)
    reread: Limit = Limit(4, 0)
    polling: Limit = Limit(20, 60)


class Streak(NamedTuple):
    """How far a rule has counted: ``times`` repetitions that began with call ``first``."""

    kind: LoopKind
    times: int
    first: int
    limit: Limit


class Loop(NamedTuple):
    """One loop, in places among the calls it was found in.

    ``warned`` is the call at which a person could have been told, ``stopped`` the last call that a
    rule would have let pass (-1: it never would have stopped), ``last`` the last of the streak.
    """

    kind: LoopKind
    actor: str
    tool: str
    times: int
    first: int
    warned: int
    stopped: int
    last: int
