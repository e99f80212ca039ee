"""Public trajectories as runs of calls, and loops planted into them, each with an honest twin."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import TypeAlias

LETTERS_A_TOKEN = 4
"""A rule of thumb: these corpora say nothing about tokens, so what they cost is estimated."""
TURNS = 9
"""How often a planted loop goes round."""


@dataclass(frozen=True)
class Step:
    tool: str
    arguments: str
    result: str
    failed: bool = False

    @property
    def tokens(self) -> int:
        return (len(self.arguments) + len(self.result)) // LETTERS_A_TOKEN


@dataclass(frozen=True)
class Run:
    """``planted`` is the form of what was added, ``""`` where the run is as it was recorded;
    ``loop`` says whether that is a loop or its twin; ``begin`` is its first step."""

    corpus: str
    name: str
    label: str
    steps: tuple[Step, ...]
    planted: str = ""
    loop: bool = False
    begin: int = 0

    def prompt_tokens(self, until: int) -> int:
        """Estimated tokens that the model was sent up to this step: each call sends again all
        that went before."""
        return sum(accumulate(step.tokens for step in self.steps[: until + 1]))


def read_runs(folder: Path) -> list[Run]:
    """Every run below ``folder`` that made a call."""
    loaders = (tau, swe, openhands, sessions)
    return [run for load in loaders for run in load(folder) if run.steps]


def tau(folder: Path) -> Iterator[Run]:
    for path in sorted(folder.glob("tau-bench/*.json")):
        for number, trial in enumerate(json.loads(path.read_text(encoding="utf-8"))):
            label = "success" if trial["reward"] == 1 else "failure"
            yield Run("tau-bench", f"{path.stem}#{number}", label, (*_tau_steps(trial["traj"]),))


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
        yield Run(path.relative_to(folder).parts[0], path.stem, "unlabelled", tuple(made))


def openhands(folder: Path) -> Iterator[Run]:
    for path in sorted(folder.glob("openhands/**/output.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            history = json.loads(line).get("history") or []
            name = f"{path.parent.name}#{number}"
            yield Run("openhands", name, "unlabelled", tuple(_openhands_steps(history)))


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


def sessions(folder: Path) -> Iterator[Run]:
    """Real sessions of Claude Code."""
    for path in sorted(folder.glob("git-ai-fixtures/*claude-code*.jsonl")):
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        blocks = [block for record in records for block in _blocks(record)]
        results = {block.get("tool_use_id"): block for block in blocks}
        steps = (
            _session_step(block, results.get(block["id"], {}))
            for block in blocks
            if block.get("type") == "tool_use"
        )
        yield Run("claude-code", path.stem, "unlabelled", tuple(steps))


def _blocks(record: Mapping[str, object]) -> list[dict[str, object]]:
    message = record.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    return [each for each in content if isinstance(each, dict)] if isinstance(content, list) else []


def _session_step(block: Mapping[str, object], result: Mapping[str, object]) -> Step:
    given = json.dumps(block.get("input") or {})
    said = result.get("content", "")
    text = said if isinstance(said, str) else json.dumps(said)
    return Step(str(block.get("name")), given, text, result.get("is_error") is True)


def planted(runs: Sequence[Run], seed: int) -> Iterator[Run]:
    """To each run of at least four calls every form of loop, and the twin of each: the same calls,
    but something new comes of them each time."""
    chance = random.Random(seed)
    texts = [step.result for run in runs for step in run.steps if step.result]
    for run in runs:
        if len(run.steps) < 4:
            continue
        for form, make in FORMS.items():
            for loop in (True, False):
                source = _Source(chance, texts, loop, chance.choice(NOISES))
                added = make(run.steps, source)
                begin = len(run.steps)
                steps = (*run.steps, *added)
                yield replace(
                    run, label="planted", steps=steps, planted=form, loop=loop, begin=begin
                )


Noise: TypeAlias = Callable[[random.Random, int], str]
NOISES: tuple[Noise, ...] = (
    lambda chance, turn: f"12:{turn:02d}:{chance.randrange(60):02d} done",
    lambda chance, turn: f"took {chance.random() * 9:.2f}s",
    lambda chance, turn: f"started with pid {chance.randrange(1000, 60000)}",
    lambda chance, turn: f"2026-11-{turn + 1:02d}T10:00:00Z done",
    lambda chance, turn: f"request {chance.getrandbits(128):032x}",
)
"""What tells two runs of the same command apart, and nothing else. A command keeps to one."""


@dataclass(frozen=True)
class _Source:
    """Where results come from. Those of a loop differ in what says nothing: times, durations,
    process ids. Those of a twin are results that tools really gave, none of them twice."""

    chance: random.Random
    texts: Sequence[str]
    loop: bool
    noise: Noise

    def result(self, usual: str, turn: int) -> str:
        if not self.loop:
            return f"{self.chance.choice(self.texts)}\nstep {turn} of many is done"
        return f"{usual}\n{self.noise(self.chance, turn)}"


def _again(period: int) -> Callable[[Sequence[Step], _Source], Iterator[Step]]:
    """The last calls once more, and once more."""

    def made(steps: Sequence[Step], source: _Source) -> Iterator[Step]:
        for turn in range(TURNS):
            for at, step in enumerate(steps[-period:]):
                result = source.result(step.result, turn * period + at)
                yield replace(step, result=result, failed=False)

    return made


def _failing(steps: Sequence[Step], source: _Source) -> Iterator[Step]:
    """A command that fails as before, whatever is tried. That of the twin fails otherwise."""
    for turn in range(TURNS):
        given = json.dumps({"command": f"try{turn} --now"})
        yield Step("run", given, source.result("error: cannot reach the daemon", turn), True)


def _to_and_fro(steps: Sequence[Step], source: _Source) -> Iterator[Step]:
    """Edits that take each other back. Those of the twin go on."""
    ways = [("left", "right"), ("right", "left")]
    for turn in range(TURNS):
        old, new = ways[turn % 2] if source.loop else (f"value {turn}", f"value {turn + 1}")
        given = json.dumps({"file_path": "a.py", "old_string": old, "new_string": new})
        yield Step("Edit", given, f"edited {turn}")


def _retried(steps: Sequence[Step], source: _Source) -> Iterator[Step]:
    """The same check after each edit, with the same failure. In the twin fewer tests fail."""
    for turn in range(TURNS):
        old, new = f"value {turn}", f"value {turn + 1}"
        given = json.dumps({"file_path": "a.py", "old_string": old, "new_string": new})
        yield Step("Edit", given, f"edited {turn}")
        failed = f"{TURNS if source.loop else TURNS - turn} failed, 3 passed in 0.{turn}1s"
        yield Step("run", json.dumps({"command": "make test"}), failed, True)


FORMS: dict[str, Callable[[Sequence[Step], _Source], Iterator[Step]]] = {
    "period_1": _again(1),
    "period_2": _again(2),
    "errors": _failing,
    "oscillation": _to_and_fro,
    "retry": _retried,
}
