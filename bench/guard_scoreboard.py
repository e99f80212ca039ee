"""What guards stop and whom they interrupt, side by side on commands that others labelled.

    python bench/guard_scoreboard.py --json --rows rows.jsonl --peers ~/.cache/guards

The commands lie where ``REMIT_CORPORA`` says (default ``../shared/corpora``). ``stopped`` is the
share of the commands their author calls bad (of Dippy: would not run unasked) that is denied or
asked about; ``interrupted`` the same share of the others. Rows with a reason in
``guard_exceptions.toml`` are left out for every guard alike, and so are those whose command was
labelled both ways. Each line of ``--rows`` is one row under one guard or contract (digest of the
input, what its label expects, what it got, processor time where it was asked alone); every share
printed is computed from these. ``--seed`` makes other hostile payloads. Without ``--peers`` only
Remit is asked; guards are installed there, nowhere else.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import guard_hostile
from guard_contracts import contracts, make_repository
from guard_peers import PEERS, held_by
from guard_rows import Row, by_corpus, read_rows, with_exceptions, without_clashes
from remit.model.contract import Contract
from remit.model.request import Request
from remit.model.state import Phase, RunState
from remit.policy.effects import effects_of
from remit.policy.engine import decide
from remit.services.explain import explain
from timing import report

CORPORA = Path(os.environ.get("REMIT_CORPORA", "../shared/corpora")) / "commands"
TARGET = "operator"
"""The contract whose numbers are Remit's."""


def ask_remit(
    rows: Sequence[Row], contract: Contract, root: Path, home: Path
) -> tuple[dict[Row, bool], dict[Row, tuple[str, float]]]:
    """What is held, the rule that says so, and the milliseconds of processor time it took."""
    held, notes = {}, {}
    for row in rows:
        began = time.process_time()
        values = {"command": row.command}
        found = explain("Bash", values, contract, cwd=str(root), root=str(root), home=str(home))
        held[row] = found.decision.held
        took_ms = round((time.process_time() - began) * 1e3, 3)
        notes[row] = (found.decision.reasons[0].rule, took_ms)
    return held, notes


def decision_us(rows: Sequence[Row], contract: Contract, root: Path, home: Path) -> float:
    """The median processor time of facts and decision, without looking up where paths lead."""
    times = []
    state = RunState(Phase.OPEN, contract, str(root), heartbeat=True)
    for row in rows:
        known = explain(
            "Bash",
            {"command": row.command},
            contract,
            cwd=str(root),
            root=str(root),
            home=str(home),
        )
        began = time.process_time()
        effects = effects_of(known.call)
        decide(Request(known.call, effects, known.paths), state)
        times.append(time.process_time() - began)
    return round(statistics.median(times) * 1e6, 1)


def ask_peers(
    rows: Sequence[Row], place: Path | None, root: Path
) -> tuple[dict[str, dict[Row, bool]], list[str]]:
    """What each peer holds, and a line for each that could not be asked."""
    found: dict[str, dict[Row, bool]] = {}
    missing: list[str] = []
    for peer in PEERS if place else ():
        assert place is not None
        try:
            answers = held_by(peer, [row.command for row in rows], place, root)
            found[peer.name] = dict(zip(rows, answers, strict=True))
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            missing.append(f"{peer.name} is left out: {type(error).__name__}: {error}"[:300])
    return found, missing


def write_rows(
    file: Path,
    rows: Sequence[Row],
    answers: Mapping[str, Mapping[Row, bool]],
    notes: Mapping[str, Mapping[Row, tuple[str, float]]],
) -> None:
    """One JSON line for each row and guard."""
    with file.open("w", encoding="utf-8") as out:
        for guard, held in answers.items():
            for row in rows:
                rule, took_ms = notes.get(guard, {}).get(row, ("", None))
                line = {
                    "guard": guard,
                    "set": row.corpus,
                    "id": row.id,
                    "input": hashlib.sha256(row.command.encode()).hexdigest()[:16],
                    "expected": "held" if row.bad else "free",
                    "got": "held" if held[row] else "free",
                    "rule": rule,
                    "ms": took_ms,
                    "excepted": row.excepted,
                    "held_out": row.held_out,
                    "command": row.command,
                }
                out.write(json.dumps(line) + "\n")


def measure(
    folder: Path, peers: Path | None, rows_file: Path | None, seed: int
) -> dict[str, object]:
    """Everything that is printed."""
    rows, clashes = without_clashes(read_rows(folder))
    rows = with_exceptions(rows)
    with tempfile.TemporaryDirectory(prefix="guards-", dir=Path.home()) as made:
        place = Path(made).resolve()  # not where temporary files lie: a contract may open that
        root, home = make_repository(place), place / "home"
        answers: dict[str, dict[Row, bool]] = {}
        notes: dict[str, dict[Row, tuple[str, float]]] = {}
        known = contracts(place)
        for name, contract in known.items():
            answers[name], notes[name] = ask_remit(rows, contract, root, home)
        asked, missing = ask_peers(rows, peers, root)
        speed = decision_us(rows, known[TARGET], root, home)
        hostile = guard_hostile.measure(known[TARGET], str(root), seed)
    if rows_file is not None:
        write_rows(rows_file, rows, {**answers, **asked}, notes)
    return {
        "remit": dict(by_corpus(rows, answers[TARGET])),
        "peers": {name: dict(by_corpus(rows, held)) for name, held in asked.items()},
        "decision_us_p50": speed,
        "hostile": hostile,
        "contracts": {name: dict(by_corpus(rows, held)) for name, held in answers.items()},
        "parts": {
            part: dict(by_corpus(rows, answers[TARGET], halves=part))
            for part in ("tuned", "held-out")
        },
        "left_out": missing,
        "clashes": len(clashes),
        "exceptions": [
            {"set": row.corpus, "id": row.id, "reason": row.excepted}
            for row in rows
            if row.excepted
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--rows", type=Path, help="write every row and its answers here")
    parser.add_argument("--peers", type=Path, help="ask the other guards too, installed here")
    parser.add_argument("--seed", type=int, default=guard_hostile.SEED)
    given = parser.parse_args()
    if not CORPORA.is_dir():
        raise SystemExit(f"{CORPORA} is not there: set REMIT_CORPORA")
    found = measure(CORPORA, given.peers, given.rows, given.seed)
    for line in found["left_out"] if isinstance(found["left_out"], list) else ():
        print(line, file=sys.stderr)
    report(found, {}, given.json)


if __name__ == "__main__":
    main()
