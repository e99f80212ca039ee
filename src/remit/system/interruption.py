"""When Ctrl-C, ``remit kill`` and a closed terminal interrupt what this process does."""

from __future__ import annotations

import signal
from types import FrameType

_NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_postponed: list[int] = []


def interruptible() -> None:
    """Let all three interrupt as Ctrl-C does. One that was postponed interrupts now."""
    for number in _NUMBERS:
        signal.signal(number, signal.default_int_handler)
    if _postponed:
        _postponed.clear()
        raise KeyboardInterrupt


def postponed() -> None:
    """Keep an interruption for the next :func:`interruptible`."""
    for number in _NUMBERS:
        signal.signal(number, _postpone)


def uninterrupted() -> None:
    """Ignore them from now on."""
    _postponed.clear()
    for number in _NUMBERS:
        signal.signal(number, signal.SIG_IGN)


def _postpone(number: int, _frame: FrameType | None) -> None:
    _postponed.append(number)
