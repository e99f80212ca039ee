"""Loop detectors side by side on public trajectories: whom they flag, when, and what for.

    python bench/loop_scoreboard.py --json --rows rows.jsonl --seed 11

The trajectories lie where ``REMIT_CORPORA`` says (default ``../shared/corpora``). The other
detectors are our own, from their public descriptions: the stuck detector of OpenHands (the same
action and observation four times, the same action with an error three times, two actions in turn
for six steps), the loop service of Gemini CLI (the same call with the same arguments five times),
and "the same call and result three times". What they say about text that is no call is left out.

A run is a success where its corpus says so (reward 1), a failure where it says that (reward 0),
else unlabelled. ``planted``: to every run that a detector leaves alone, loops of five forms are
added (``loop_runs.FORMS``), each with an honest twin whose calls bring something new: the share
of the loops that is found, of the twins that is flagged, and after how many calls of the loop.
``at_step`` counts calls; ``tokens_to_flag`` and ``tokens_after`` are estimated, four letters a
token, each call sending again what went before. Each line of ``--rows`` is one run under one
detector; every number printed is computed from them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeAlias

from loop_runs import FORMS, Run, Step, planted, read_runs
from remit.codec.transcripts.arguments import asked_of
from remit.codec.transcripts.sink import Said
from remit.model.loops import Loop, LoopLimits
from remit.model.transcript import PastCall
from remit.model.usage import Usage
from remit.policy.loops.find import find_loops
from remit.services.scan.collect import Collector
from timing import report

CORPORA = Path(os.environ.get("REMIT_CORPORA", "../shared/corpora")) / "trajectories"
SEED = 11
LABELS = ("success", "failure", "unlabelled")

Flag: TypeAlias = "tuple[int, str] | None"
"""At which step, and under which rule."""
Detector: TypeAlias = Callable[[Sequence[Step]], Flag]
Row: TypeAlias = Mapping[str, object]


def calls_of(steps: Sequence[Step]) -> tuple[PastCall, ...]:
    """The steps as the scan sees calls."""
    collector = Collector("")
    for number, step in enumerate(steps):
        collector.said(Said(str(number), "", "", "", "", Usage(), "", ""))
        collector.asked(asked_of(str(number), step.tool, step.arguments.encode()), number)
        collector.answered(str(number), step.failed, json.dumps(step.result).encode())
    return collector.transcript("corpus", "", 0, False).calls


def _remit(at: Callable[[Loop], int]) -> Detector:
    def detect(steps: Sequence[Step]) -> Flag:
        loops = find_loops(calls_of(steps), LoopLimits())
        flags = [(at(loop), str(loop.kind)) for loop in loops if at(loop) >= 0]
        return min(flags, default=None)

    return detect


def openhands_stuck(steps: Sequence[Step]) -> Flag:
    for at in range(len(steps)):
        four, three, six = steps[at - 3 : at + 1], steps[at - 2 : at + 1], steps[at - 5 : at + 1]
        if at >= 3 and len(set(four)) == 1:
            return at, "same action and observation"
        same_action = len({(step.tool, step.arguments) for step in three}) == 1
        if at >= 2 and same_action and all(step.failed for step in three):
            return at, "same action with an error"
        if at >= 5 and len(set(six[::2])) == 1 and len(set(six[1::2])) == 1:
            return at, "two actions in turn"
    return None


def gemini_service(steps: Sequence[Step]) -> Flag:
    return _streak([(step.tool, step.arguments) for step in steps], 5)


def exact_three(steps: Sequence[Step]) -> Flag:
    return _streak([(step.tool, step.arguments, step.result) for step in steps], 3)


def _streak(keys: Sequence[object], wanted: int) -> Flag:
    run = 0
    for at, key in enumerate(keys):
        run = run + 1 if at and keys[at - 1] == key else 1
        if run >= wanted:
            return at, "repeat"
    return None


DETECTORS: dict[str, Detector] = {
    "remit_stop": _remit(lambda loop: loop.stopped),
    "remit_warn": _remit(lambda loop: loop.warned),
    "openhands_stuck": openhands_stuck,
    "gemini_loop_service": gemini_service,
    "exact_repeat_3": exact_three,
}


def rows_of(name: str, detect: Detector, runs: Iterable[Run]) -> list[dict[str, object]]:
    """A row for each run. Planted ones are left out where the run is flagged without."""
    flagged: set[tuple[str, str]] = set()
    rows = []
    for run in runs:
        if run.planted and (run.corpus, run.name) in flagged:
            continue
        began = time.perf_counter()
        flag = detect(run.steps)
        took = time.perf_counter() - began
        if flag and not run.planted:
            flagged.add((run.corpus, run.name))
        rows.append(_row(name, run, flag, took))
    return rows


def _row(detector: str, run: Run, flag: Flag, took: float) -> dict[str, object]:
    at, rule = flag or (None, "")
    whole = run.prompt_tokens(len(run.steps) - 1)
    spent = run.prompt_tokens(at) if at is not None else None
    return {
        "input": hashlib.sha256(json.dumps([asdict(s) for s in run.steps]).encode()).hexdigest(),
        "detector": detector,
        "corpus": run.corpus,
        "run": run.name,
        "label": run.label,
        "planted": run.planted,
        "twin": bool(run.planted) and not run.loop,
        "expected": _expected(run),
        "got": "flag" if flag else "pass",
        "rule": rule,
        "steps": len(run.steps),
        "at_step": at,
        "of_loop": at - run.begin + 1 if at is not None and run.planted else None,
        "tokens_to_flag": spent,
        "tokens_after": whole - spent if spent is not None else None,
        "ms": round(took * 1000, 3),
    }


def _expected(run: Run) -> str:
    """Nobody says of an unlabelled or failed run whether it should have been stopped."""
    if run.planted:
        return "flag" if run.loop else "pass"
    return "pass" if run.label == "success" else "unknown"


def score(rows: Sequence[Row]) -> dict[str, object]:
    recorded = [row for row in rows if not row["planted"]]
    flags = [row for row in recorded if row["got"] == "flag"]
    found: dict[str, object] = {
        label: f"{_count(flags, label=label)}/{_count(recorded, label=label)}" for label in LABELS
    }
    for key in ("at_step", "tokens_to_flag", "tokens_after"):
        found[key] = [row[key] for row in flags]
    found["planted"] = {form: _planted(rows, form) for form in FORMS}
    return found


def _planted(rows: Sequence[Row], form: str) -> dict[str, object]:
    loops = [row for row in rows if row["planted"] == form and not row["twin"]]
    twins = [row for row in rows if row["planted"] == form and row["twin"]]
    needed = [row["of_loop"] for row in loops if row["got"] == "flag"]
    return {
        "found": _share(loops),
        "twins_flagged": _share(twins),
        "of": len(loops),
        "calls": statistics.median(int(str(each)) for each in needed) if needed else None,
    }


def _count(rows: Iterable[Row], **wanted: object) -> int:
    return sum(all(row[key] == value for key, value in wanted.items()) for row in rows)


def _share(rows: Sequence[Row]) -> float | None:
    return round(_count(rows, got="flag") / len(rows), 3) if rows else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rows", type=Path, help="write a line for each run and detector here")
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    if not CORPORA.is_dir():
        raise SystemExit(f"{CORPORA} is not there: set REMIT_CORPORA")
    recorded = read_runs(CORPORA)
    runs = [*recorded, *planted(recorded, arguments.seed)]
    rows = {name: rows_of(name, detect, runs) for name, detect in DETECTORS.items()}
    if arguments.rows:
        lines = (json.dumps(row) + "\n" for each in rows.values() for row in each)
        arguments.rows.write_text("".join(lines), encoding="utf-8")
    corpora = sorted({run.corpus for run in recorded})
    details = {
        "runs": {name: sum(run.corpus == name for run in recorded) for name in corpora},
        "calls": sum(len(run.steps) for run in recorded),
        "seed": arguments.seed,
    }
    report({name: score(each) for name, each in rows.items()}, details, arguments.json)


if __name__ == "__main__":
    main()
