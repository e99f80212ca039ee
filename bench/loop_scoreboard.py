"""Loop detectors side by side on public trajectories: whom they flag, when, and what for.

    python bench/loop_scoreboard.py --json

The trajectories lie where ``REMIT_CORPORA`` says (default ``../shared/corpora``). The other
detectors are our own, from their public descriptions: the stuck detector of OpenHands (the same
action and observation four times, the same action with an error three times, two actions in turn
for six steps), the loop service of Gemini CLI (the same call with the same arguments five times),
and "the same call and result three times". What they say about text that is no call is left out.

A run is a success where its corpus says so (reward 1), a failure where it says that (reward 0),
else unlabelled. ``seeded``: to every run of at least four calls one loop is added: its last call
over and over (period 1) or its last two in turn (period 2), nine times, with another time of day
in each result; the share that is found, and after how many calls of the loop. Steps are
calls; ``after`` is the share of a flagged run's calls that came after.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from remit.codec.transcripts.arguments import asked_of
from remit.codec.transcripts.sink import Said
from remit.model.loops import LoopLimits
from remit.model.transcript import Outcome, PastCall
from remit.model.usage import Usage
from remit.policy.loops.find import find_loops
from remit.services.scan.collect import Collector
from timing import report

CORPORA = Path(os.environ.get("REMIT_CORPORA", "../shared/corpora")) / "trajectories"
SEEDED = 8


@dataclass(frozen=True)
class Step:
    tool: str
    arguments: str
    result: str
    failed: bool = False


@dataclass(frozen=True)
class Run:
    corpus: str
    label: str
    steps: tuple[Step, ...]


def tau(folder: Path) -> Iterator[Run]:
    for path in sorted(folder.glob("tau-bench/*.json")):
        for trial in json.loads(path.read_text(encoding="utf-8")):
            label = "success" if trial["reward"] == 1 else "failure"
            yield Run("tau-bench", label, tuple(_tau_steps(trial["traj"])))


def _tau_steps(messages: Sequence[Mapping[str, object]]) -> Iterator[Step]:
    results = {m.get("tool_call_id"): str(m.get("content")) for m in messages}
    for message in messages:
        calls = message.get("tool_calls")
        for call in calls if isinstance(calls, list) else []:
            asked, result = call["function"], results.get(call["id"], "")
            failed = result.startswith("Error")
            yield Step(asked["name"], asked["arguments"], result, failed)


def swe(folder: Path) -> Iterator[Run]:
    for path in sorted(folder.glob("swe-*/**/*.traj")):
        steps = json.loads(path.read_text(encoding="utf-8")).get("trajectory") or []
        made = (
            Step("run", json.dumps({"command": step["action"]}), step["observation"] or "")
            for step in steps
            if step.get("action")
        )
        if steps:
            yield Run(path.relative_to(folder).parts[0], "unlabelled", tuple(made))


def openhands(folder: Path) -> Iterator[Run]:
    for path in sorted(folder.glob("openhands/**/output.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            history = json.loads(line).get("history") or []
            steps = tuple(_openhands_steps(history))
            if steps:
                yield Run("openhands", "unlabelled", steps)


def _openhands_steps(history: Sequence[object]) -> Iterator[Step]:
    events = [event for event in history if isinstance(event, dict)]
    answers = {event.get("cause"): event for event in events if event.get("observation")}
    for event in events:
        if event.get("source") == "agent" and event.get("action") and event.get("id") in answers:
            answer = answers[event["id"]]
            code = (answer.get("extras") or {}).get("metadata", {}).get("exit_code", 0)
            failed = answer["observation"] == "error" or code not in (0, -1, None)
            given = {k: v for k, v in (event.get("args") or {}).items() if k != "thought"}
            yield Step(event["action"], json.dumps(given), str(answer.get("content")), failed)


def calls_of(steps: Sequence[Step]) -> tuple[PastCall, ...]:
    """The steps as the scan sees calls."""
    collector = Collector("")
    for number, step in enumerate(steps):
        collector.said(Said(str(number), "", "", "", "", Usage(), "", ""))
        collector.asked(asked_of(str(number), step.tool, step.arguments.encode()), number)
        collector.answered(str(number), step.failed, json.dumps(step.result).encode())
    return collector.transcript("corpus", "", 0, False).calls


def remit_stops(steps: Sequence[Step]) -> int | None:
    stops = [it.stopped for it in find_loops(calls_of(steps), LoopLimits()) if it.stopped >= 0]
    return min(stops, default=None)


def remit_warns(steps: Sequence[Step]) -> int | None:
    return min((loop.warned for loop in find_loops(calls_of(steps), LoopLimits())), default=None)


def openhands_stuck(steps: Sequence[Step]) -> int | None:
    for at in range(len(steps)):
        four, three, six = steps[at - 3 : at + 1], steps[at - 2 : at + 1], steps[at - 5 : at + 1]
        if at >= 3 and len(set(four)) == 1:
            return at
        same_action = len({(step.tool, step.arguments) for step in three}) == 1
        if at >= 2 and same_action and all(step.failed for step in three):
            return at
        if at >= 5 and len(set(six[::2])) == 1 and len(set(six[1::2])) == 1:
            return at
    return None


def gemini_service(steps: Sequence[Step]) -> int | None:
    return _streak([(step.tool, step.arguments) for step in steps], 5)


def exact_three(steps: Sequence[Step]) -> int | None:
    return _streak([(step.tool, step.arguments, step.result) for step in steps], 3)


def _streak(keys: Sequence[object], wanted: int) -> int | None:
    run = 0
    for at, key in enumerate(keys):
        run = run + 1 if at and keys[at - 1] == key else 1
        if run >= wanted:
            return at
    return None


DETECTORS: dict[str, Callable[[Sequence[Step]], int | None]] = {
    "remit_stop": remit_stops,
    "remit_warn": remit_warns,
    "openhands_stuck": openhands_stuck,
    "gemini_loop_service": gemini_service,
    "exact_repeat_3": exact_three,
}


def score(detect: Callable[[Sequence[Step]], int | None], runs: Sequence[Run]) -> dict[str, object]:
    flags = [(run, at) for run in runs if (at := detect(run.steps)) is not None]
    found: dict[str, object] = {}
    for label in ("success", "failure", "unlabelled"):
        of = sum(run.label == label for run in runs)
        found[label] = f"{sum(run.label == label for run, _ in flags)}/{of}"
    after = [1 - (at + 1) / len(run.steps) for run, at in flags]
    found["steps"] = [at for _, at in flags]
    found["after"] = round(statistics.median(after), 3) if after else None
    found["seeded"] = {f"period_{period}": seeded(detect, runs, period) for period in (1, 2)}
    return found


def seeded(
    detect: Callable[[Sequence[Step]], int | None], runs: Sequence[Run], period: int
) -> dict[str, object]:
    """Of runs it does not flag by themselves."""
    tried, needed = 0, []
    for run in runs:
        if len(run.steps) < 4 or detect(run.steps) is not None:
            continue
        tried += 1
        noisy = tuple(
            Step(step.tool, step.arguments, f"{step.result}\n12:00:{turn:02d}", step.failed)
            for turn in range(SEEDED + 1)
            for step in run.steps[-period:]
        )
        at = detect(run.steps[:-period] + noisy)
        if at is not None:
            needed.append(at - (len(run.steps) - period) + 1)
    share = round(len(needed) / tried, 3) if tried else None
    return {"found": share, "of": tried, "calls": statistics.median(needed) if needed else None}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if not CORPORA.is_dir():
        raise SystemExit(f"{CORPORA} is not there: set REMIT_CORPORA")
    runs = [run for load in (tau, swe, openhands) for run in load(CORPORA)]
    outages = sum(call.outcome is Outcome.OUTAGE for run in runs for call in calls_of(run.steps))
    result: dict[str, object] = {name: score(detect, runs) for name, detect in DETECTORS.items()}
    corpora = sorted({run.corpus for run in runs})
    details = {
        "runs": {name: sum(run.corpus == name for run in runs) for name in corpora},
        "calls": sum(len(run.steps) for run in runs),
        "outages": outages,
    }
    report(result, details, arguments.json)


if __name__ == "__main__":
    main()
