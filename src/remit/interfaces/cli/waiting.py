"""How long held calls of a run wait for a person."""

from __future__ import annotations

import sys

from remit.errors import UsageError
from remit.model.quantity import format_duration, parse_duration


def waiting_time(asked: str, most_s: int) -> int:
    """Seconds, at most the contract's ``most_s``. Where nobody sits at a terminal and nobody asked
    for it, nothing waits: a run in CI must not stand still for an answer that never comes."""
    if not asked:
        return most_s if sys.stdin.isatty() and sys.stderr.isatty() else 0
    seconds = 0 if asked == "0" else _seconds(asked)
    if seconds > most_s:
        most = format_duration(most_s)
        raise UsageError(
            f"the contract lets a held call wait {most}, not {format_duration(seconds)}",
            f'--wait {most}, or raise wait under [budget] in the contract (at most "1h")',
        )
    return seconds


def parks(wait_s: int, asked: bool | None) -> bool:
    """Whether a wait without an answer parks the run: where somebody is waited for at all, unless
    the person said otherwise."""
    return wait_s > 0 if asked is None else asked


def _seconds(asked: str) -> int:
    try:
        return parse_duration(asked)
    except ValueError:
        raise UsageError(f"--wait {asked!a} is no time", "--wait 5m, or --wait 0") from None
