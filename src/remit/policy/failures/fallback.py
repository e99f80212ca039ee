"""What no reader knows: the exit status, and the last lines that look like an error."""

from __future__ import annotations

import re
from collections.abc import Sequence

from remit.model.failure import Failure
from remit.policy.failures.python_trace import python_trace
from remit.policy.failures.reading import broken, failure

COMMAND = "the command"
"""The check, where nothing says which one failed."""
TIMEOUT = "timeout"
_TIMED_OUT = 124
"""What timeout(1) ends with."""
_TAIL = 200
_SHOWN = 3
_ERROR = re.compile(
    r"\b(?:\w{0,40}error|fatal|fail(?:ed|ure|s)?|panic|exception|cannot|could not"
    r"|not found|undefined|unrecognized|unexpected|invalid|denied|abort(?:ed)?"
    r"|missing|traceback|segmentation)\b",
    re.IGNORECASE,
)
_TRACE = "Traceback (most recent call last)"


def exit_error(exit_code: int | None) -> str:
    """The error's type where only the exit status tells it."""
    return TIMEOUT if exit_code in (None, _TIMED_OUT) else f"exit {exit_code}"


def guessed(lines: Sequence[str], exit_code: int | None) -> Failure:
    """One failure for the whole command."""
    tail = [line for line in lines if line.strip()][-_TAIL:]
    if exit_code and any(line.startswith(_TRACE) for line in tail):
        frames, error, message = python_trace(tail)
        return broken(COMMAND, error, frames, "", message)
    shown = [line.strip() for line in tail if _ERROR.search(line)] or tail
    return failure(COMMAND, exit_error(exit_code), "", 0, " / ".join(shown[-_SHOWN:]))
