"""The only place that reads a clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now_us() -> int:
    """UTC microseconds since the epoch."""
    return time.time_ns() // 1000


def now() -> datetime:
    """The current moment, in UTC."""
    return datetime.now(UTC)


def monotonic_ns() -> int:
    """Nanoseconds of a clock that is never set back; only differences mean something."""
    return time.monotonic_ns()


def boottime_ns() -> int:
    """As :func:`monotonic_ns`, and it goes on while the machine is suspended, where the system
    has such a clock."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime_ns(clock)
