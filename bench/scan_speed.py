"""How fast `remit scan` reads a gigabyte of sessions, beside ccusage.

    python bench/scan_speed.py --json [--ccusage PATH] [--bytes N]

A seeded corpus (``transcript_corpus``) is made below ``--folder`` and kept for the next time; its
mix is printed. ccusage 20 comes from npm, offline:
``npm install --prefix DIR ccusage@20 @ccusage/ccusage-linux-x64@20``, then
``--ccusage DIR/node_modules/.bin/ccusage``. Without it only Remit is measured.

Keys: ``speed_ratio`` and ``memory_ratio`` are ccusage's median through Remit's, each round with an
index made anew; ``tokens_exact`` whether Remit's totals are those the generator wrote, and
``tokens_agree`` whether ccusage's are; ``incremental_ms`` a second scan in the engine after one
session grew; ``incremental_process_ms`` the same as a whole process, with its page.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from remit.services.scan.find import find
from remit.services.scan.prices import load_prices
from remit.services.scan.report import Filter
from remit.services.scan.scan import Scan, scan
from remit.storage.locate import StateDir
from remit.storage.scan_index import open_index
from timing import report, spread
from transcript_corpus import Mix, make

GIGABYTE = 1_050_000_000
SEED = 7
ROUNDS = 5


@dataclasses.dataclass
class Measured:
    """One whole process: seconds, the most memory of it and its children at one time in kB."""

    seconds: float
    kilobytes: int
    output: bytes


def main() -> None:
    arguments = _arguments()
    root: Path = arguments.folder
    mix = _corpus(root, arguments.bytes)
    remit = [sys.executable, "-m", "remit", "scan", str(root / "projects")]
    theirs = arguments.ccusage or shutil.which("ccusage")
    ours, other = _rounds(remit, theirs, root, arguments.rounds)
    found = json.loads(ours[0].output)["totals"]["tokens"]
    result: dict[str, object] = {
        "speed_ratio": _ratio([m.seconds for m in other], [m.seconds for m in ours]),
        "memory_ratio": _ratio([m.kilobytes for m in ours], [m.kilobytes for m in other]),
        "tokens_exact": found == _wanted(mix, found),
        "tokens_agree": _agrees(json.loads(other[0].output)["totals"], found) if other else None,
        **_incremental(remit, root),
    }
    details = {
        "remit_s": spread([m.seconds for m in ours]),
        "ccusage_s": spread([m.seconds for m in other]) if other else None,
        "remit_kb": spread([m.kilobytes for m in ours]),
        "ccusage_kb": spread([m.kilobytes for m in other]) if other else None,
        "mix": mix,
    }
    report(result, details, arguments.json)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--ccusage")
    parser.add_argument("--bytes", type=int, default=GIGABYTE)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "remit-scan-speed"
    )
    return parser.parse_args()


def _corpus(root: Path, size: int) -> Mapping[str, object]:
    """Made once for a size and a seed; a change of the generator makes another."""
    source = Path(__file__).with_name("transcript_corpus.py").read_text(encoding="utf-8")
    wanted = f"{size} {SEED} {hash_of(source)}"
    note = root / "corpus.json"
    if note.exists() and (kept := json.loads(note.read_text()))["wanted"] == wanted:
        mix: Mapping[str, object] = kept["mix"]
        return mix
    shutil.rmtree(root, ignore_errors=True)
    made: Mix = make(root, size, SEED)
    mix = {**made.shown(), "tokens": dataclasses.asdict(made.tokens)}
    note.write_text(json.dumps({"wanted": wanted, "mix": mix}))
    return mix


def hash_of(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _rounds(
    remit: Sequence[str], theirs: str | None, root: Path, rounds: int
) -> tuple[list[Measured], list[Measured]]:
    """Alternating, after one warm-up of each."""
    ours, other = [], []
    for number in range(rounds + 1):
        with tempfile.TemporaryDirectory() as state:
            measured = _run([*remit, "--json"], {"REMIT_STATE": state})
        if number:
            ours.append(measured)
        if theirs:
            command = [theirs, "claude", "daily", "--json", "--offline"]
            measured = _run(command, {"CLAUDE_CONFIG_DIR": str(root), "HOME": str(root)})
            if number:
                other.append(measured)
    return ours, other


def _run(command: Sequence[str], more: Mapping[str, str]) -> Measured:
    began = time.perf_counter()
    process = subprocess.Popen(
        command, env={**os.environ, **more}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    most = [0]
    watch = threading.Thread(target=_watch, args=(process.pid, most), daemon=True)
    watch.start()
    output, _ = process.communicate()
    seconds = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return Measured(seconds, most[0], output)


def _watch(root: int, most: list[int]) -> None:
    """The sum of the resident memory of the process and all below it, looked at often."""
    while (sum_ := _resident(root)) >= 0:
        most[0] = max(most[0], sum_)
        time.sleep(0.01)


def _resident(process: int) -> int:
    try:
        status = Path(f"/proc/{process}/status").read_text()
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return -1
    lines = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    own = int(lines[0].split()[1]) if lines else -1
    return own + sum(max(_resident(int(child)), 0) for child in children) if own >= 0 else -1


def _ratio(above: Sequence[float], below: Sequence[float]) -> float | None:
    if not above or not below:
        return None
    return round(statistics.median(above) / statistics.median(below), 3)


def _wanted(mix: Mapping[str, object], found: Mapping[str, int]) -> dict[str, int]:
    """The generator's own sums in the words of the report."""
    tokens = mix["tokens"]
    assert isinstance(tokens, dict)
    split = found["cache_write_5m"] + found["cache_write_1h"]
    return {
        "input": tokens["input"],
        "output": tokens["output"],
        "cache_read": tokens["cache_read"],
        "cache_write_5m": found["cache_write_5m"] + tokens["cache_write"] - split,
        "cache_write_1h": found["cache_write_1h"],
        "total": sum(tokens.values()),
    }


def _agrees(theirs: Mapping[str, int], ours: Mapping[str, int]) -> dict[str, bool]:
    """Field by field."""
    return {
        "input": theirs["inputTokens"] == ours["input"],
        "output": theirs["outputTokens"] == ours["output"],
        "cache_read": theirs["cacheReadTokens"] == ours["cache_read"],
        "cache_write": theirs["cacheCreationTokens"]
        == ours["cache_write_5m"] + ours["cache_write_1h"],
    }


def _incremental(remit: Sequence[str], root: Path) -> dict[str, float]:
    """One session grows by the lines it began with, under new names, before every round."""
    session = next(iter(sorted((root / "projects").rglob("*.jsonl"))))
    whole = session.read_bytes()
    engine, process = [], []
    try:
        with tempfile.TemporaryDirectory() as state:
            _run([*remit, "--json"], {"REMIT_STATE": state})
            for number in range(ROUNDS):
                _grow(session, whole, number * 2)
                engine.append(_in_engine(root, Path(state)))
                _grow(session, whole, number * 2 + 1)
                process.append(_run(remit, {"REMIT_STATE": state}).seconds)
    finally:
        session.write_bytes(whole)
    return {
        "incremental_ms": round(statistics.median(engine) * 1000, 1),
        "incremental_process_ms": round(statistics.median(process) * 1000, 1),
    }


def _grow(session: Path, whole: bytes, number: int) -> None:
    """What is appended is the client's: whole records of messages nobody has seen."""
    lines = [line for line in whole.splitlines(keepends=True) if b'"msg_' in line][:4]
    with session.open("ab") as file:
        if not whole.endswith(b"\n"):
            file.write(b"\n")
        file.writelines(line.replace(b'"msg_', b'"msg_grown%d_' % number) for line in lines)


def _in_engine(root: Path, state: Path) -> float:
    prices = load_prices({"HOME": "/nonexistent"}, None)
    began = time.perf_counter()
    with open_index(StateDir(state)) as index:
        scan(Scan(find(root / "projects"), prices, Filter()), index)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
