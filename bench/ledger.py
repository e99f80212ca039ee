"""Measures the ledger: appends against a bare durable write, growth, verifying.

    python bench/ledger.py --json
    python bench/ledger.py --entries 1000000

``append_us`` is one ``append`` of one entry of about 1 KB with counters, durable on return;
``fdatasync_us`` the same bytes written and synced to a file; both in turn, in the same minute.
``growth_ratio`` compares appends at the end of a ledger of ``--entries`` with those at 1,000.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from remit.model import events as e
from remit.model.digest import Digest
from remit.model.ids import RunId
from remit.storage.ledger import Holder, Lease
from remit.storage.sqlite import SqliteLedger
from timing import report, spread

HOLDER = Holder(1, 1, "boot")
SAMPLE = 400
BATCH = 500
PER_RUN = 10_000


def event(number: int) -> e.Event:
    return e.ToolFinished(
        f"toolu_{number:024}", "Bash", True, 12, _DIGEST, f"{number} " + "x" * 600
    )


_DIGEST = Digest("sha256:" + "0" * 64)


def timed(act: Callable[[int], object], start: int, count: int = 1) -> list[float]:
    times = []
    for number in range(start, start + count):
        began = time.perf_counter_ns()
        act(number)
        times.append((time.perf_counter_ns() - began) / 1000)
    return times


def appends(ledger: SqliteLedger, lease: Lease, folder: Path) -> tuple[list[float], list[float]]:
    """Microseconds of appends and of bare durable writes of the same bytes, in turn."""
    size = sum(len(x.header_bytes) + len(x.body or b"") + 32
               for x in ledger.append(lease, [event(0)], 1))  # fmt: skip
    descriptor = os.open(folder / "bare", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    data = b"x" * size

    def bare(number: int) -> None:
        os.write(descriptor, data)
        os.fdatasync(descriptor)

    append_us: list[float] = []
    bare_us: list[float] = []
    for number in range(SAMPLE):
        happened = [event(number)]
        append_us += timed(lambda n: ledger.append(lease, happened, n), number)  # noqa: B023
        bare_us += timed(bare, number)
    os.close(descriptor)
    return append_us, bare_us


def grow(ledger: SqliteLedger, entries: int) -> None:
    """Fill up to about ``entries``, in runs of ten thousand."""
    for number in range(max(0, entries - 1000) // PER_RUN + 1):
        lease = ledger.acquire(RunId(f"261122-{number:08}"), HOLDER, number)
        for start in range(0, min(PER_RUN, entries), BATCH):
            ledger.append(lease, [event(n) for n in range(start, start + BATCH)], start)
        ledger.release(lease)


def measure(entries: int) -> tuple[dict[str, float], dict[str, object]]:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        path = Path(folder) / "ledger.sqlite3"
        with SqliteLedger.open(path) as ledger:
            lease = ledger.acquire(RunId("261122-zzzzzzzz"), HOLDER, 1)
            ledger.append(lease, [event(n) for n in range(1000)], 1)
            append_us, bare_us = appends(ledger, lease, Path(folder))
            grow(ledger, entries)
            late_us, late_bare_us = appends(ledger, lease, Path(folder))
            stored = sum(run.entries for run in ledger.runs())
            began = time.perf_counter()
            broken = ledger.verify()
            verify_per_s = stored / (time.perf_counter() - began)
        if broken:
            raise SystemExit(f"the ledger is broken: {broken}")
        size = path.stat().st_size
    early, bare = statistics.median(append_us), statistics.median(bare_us)
    late, late_bare = statistics.median(late_us), statistics.median(late_bare_us)
    result = {
        "append_us": round(early, 1),
        "fdatasync_us": round(bare, 1),
        "append_ratio": round(early / bare, 2),
        "growth_ratio": round((late / late_bare) / (early / bare), 2),
        "verify_per_s": round(verify_per_s),
    }
    details: dict[str, object] = {
        "append_us": spread(append_us),
        "fdatasync_us": spread(bare_us),
        "late_append_us": spread(late_us),
        "late_fdatasync_us": spread(late_bare_us),
        "entries": stored,
        "bytes_per_entry": round(size / stored),
    }
    return result, details


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=50_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report(*measure(options.entries), options.json)


if __name__ == "__main__":
    main()
