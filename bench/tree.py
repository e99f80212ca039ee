"""Snapshot and comparison in a generated repository of 50,000 files, against ``git status``.

    python bench/tree.py [--files N] [--rounds N] [--json]

``tree_ratio`` is a comparison after a batch that wrote some files over ``git status --porcelain``
with a warm untracked cache in the same tree; ``quiet_ms`` a comparison after nothing was
written; ``full_ratio`` a full comparison over the same ``git status``. Medians; the spread is the
range from the first to the third quartile.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from remit.model.contract import Scope
from remit.services.observe import Comparison, boundary_of
from remit.services.snapshot import Source, take
from remit.storage.blobs import BlobStore
from remit.system.git import open_repository

FILES_IN_DIRECTORY = 10


def now_us() -> int:
    return time.time_ns() // 1000


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)


def generate(root: Path, files: int) -> None:
    """``files`` files of a few kilobytes, ten to a directory, three levels deep, committed."""
    chance = random.Random(7)
    text = chance.randbytes(64 * 1024).hex()
    for number in range(0, files, FILES_IN_DIRECTORY):
        part = number // FILES_IN_DIRECTORY
        folder = root / f"pkg{part % 17}" / f"mod{part // 17 % 29}" / f"d{part}"
        folder.mkdir(parents=True)
        for leaf in range(FILES_IN_DIRECTORY):
            size = min(int(chance.lognormvariate(7.5, 1.0)), 60_000)
            start = chance.randrange(60_000)
            content = f"{number}-{leaf}\n" + text[start : start + size]
            (folder / f"file{leaf}.py").write_text(content)
    git(root, "init", "-q")
    git(root, "config", "core.untrackedCache", "true")
    # no packing behind our back while we measure
    git(root, "config", "maintenance.auto", "false")
    git(root, "config", "gc.auto", "0")
    git(root, "add", ".")
    identity = ("-c", "user.name=Bench", "-c", "user.email=bench@localhost")
    git(root, *identity, "commit", "-qm", "Start")
    git(root, "update-index", "--untracked-cache")


def timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def write_some(root: Path, turn: int) -> None:
    folder = root / "pkg3" / f"fresh{turn}"
    folder.mkdir()
    for number in range(5):
        (folder / f"new{number}.py").write_text(f"{turn} {number}\n")
    for path in sorted((root / "pkg5" / "mod0").rglob("*.py"))[:5]:
        path.write_text(f"changed {turn}\n")


def measure(root: Path, state: Path, rounds: int) -> dict[str, object]:
    repository = open_repository(root, lambda key: state / key)
    with BlobStore.open(state / "blobs") as store:
        source = Source(repository, store, state / "run", lambda path: False, os.environ, now_us)
        first = timed(lambda: take(source))
        again = [timed(lambda: take(source)) for _ in range(3)]
        comparison = Comparison(take(source), store, boundary_of(Scope(("pkg3/**",))), now_us)
        comparison.compare_full()
        times = rounds_of(root, comparison, rounds)
        comparison.close()
    status = times["status"]
    ratio = [batch / other for batch, other in zip(times["batch"], status, strict=True)]
    full = [one / other for one, other in zip(times["full"], status, strict=True)]
    return {
        "snapshot_s": round(first, 3),
        "snapshot_again_s": round(statistics.median(again), 3),
        "tree_ratio": round(statistics.median(ratio), 3),
        "quiet_ms": round(statistics.median(times["quiet"]) * 1000, 2),
        "full_ratio": round(statistics.median(full), 3),
        "status_ms": round(statistics.median(status) * 1000, 1),
        "spread": {
            "tree_ratio": spread(ratio),
            "quiet_ms": spread([quiet * 1000 for quiet in times["quiet"]]),
            "full_ratio": spread(full),
        },
    }


def rounds_of(root: Path, comparison: Comparison, rounds: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {"quiet": [], "batch": [], "status": [], "full": []}
    status = ["git", "status", "--porcelain"]
    for turn in range(rounds):
        times["quiet"].append(timed(comparison.compare))
        write_some(root, turn)
        times["batch"].append(timed(comparison.compare))
        subprocess.run(status, cwd=root, check=True, capture_output=True)
        times["status"].append(
            timed(lambda: subprocess.run(status, cwd=root, check=True, capture_output=True))
        )
        times["full"].append(timed(comparison.compare_full))
        comparison.compare()
    return times


def spread(values: list[float]) -> list[float]:
    first, _, third = statistics.quantiles(values, n=4)
    return [round(first, 3), round(third, 3)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root, state = Path(folder) / "tree", Path(folder) / "state"
        root.mkdir()
        generate(root, chosen.files)
        # what was just written must not be on its way to the disk while we measure
        os.sync()
        result = measure(root, state, chosen.rounds)
    if chosen.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name}: {value}")


if __name__ == "__main__":
    main()
