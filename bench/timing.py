"""What the benchmarks share: medians with their spread, and paired runs of commands."""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence


def spread(values: Sequence[float]) -> dict[str, float]:
    """Minimum, median, maximum and count."""
    ordered = sorted(values)
    return {
        "min": round(ordered[0], 6),
        "median": round(statistics.median(ordered), 6),
        "max": round(ordered[-1], 6),
        "n": len(ordered),
    }


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def interleaved(acts: Sequence[Callable[[], object]], rounds: int) -> list[list[float]]:
    """Seconds of each act, in turn A B C A B C …, after one warm-up of each."""
    for act in acts:
        act()
    times: list[list[float]] = [[] for _ in acts]
    for _ in range(rounds):
        for index, act in enumerate(acts):
            times[index].append(seconds(act))
    return times


def process(argv: Sequence[str], env: Mapping[str, str] | None = None, feed: bytes = b"") -> None:
    """Run a whole process, its output thrown away."""
    subprocess.run(argv, env=env, input=feed, capture_output=True, check=False)


def report(result: Mapping[str, object], details: Mapping[str, object], as_json: bool) -> None:
    """One JSON document with ``--json``, a table for people otherwise."""
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    if as_json:
        print(json.dumps({**result, "spread": details, "machine": machine}))
        return
    for name, value in result.items():
        print(f"{name:24} {value}")
    for name, value in details.items():
        print(f"  {name:22} {value}")
