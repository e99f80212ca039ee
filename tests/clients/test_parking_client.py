"""The real client ends when nobody answers, and its session goes on once a person did."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from governed import RUN_SECONDS, Bench, Outcome, repair
from remit.model.record import RunRecord
from remit.testing.scripted_model import ModelRequest, ScriptedModel, Turn, Use, together

TOOL = "#!/bin/sh\necho ran >> stocklist/ran.txt\n"
HELD = Use("Bash", {"command": "./unknown-tool --now", "description": "seed"})


@pytest.fixture
def bench(claude, tmp_path, clean_env) -> Bench:
    made = Bench(claude, tmp_path, clean_env)
    made.commit({"unknown-tool": TOOL})
    (made.root / "unknown-tool").chmod(0o755)
    made.options = ("--wait", "1s")
    return made


class Parked:
    """A run that parked, and the model it goes on with."""

    def __init__(self, bench: Bench, model: ScriptedModel) -> None:
        self.bench, self.model = bench, model
        process = bench.start(model.url)
        out, self.stderr = process.communicate(timeout=RUN_SECONDS)
        assert process.returncode == 6, out + self.stderr
        self.told = json.loads(out)
        self.run: str = self.told["run"]

    @property
    def record(self) -> RunRecord:
        return self.bench.record(self.run)

    def answer(self, *words: str) -> subprocess.CompletedProcess[str]:
        done = self.bench.cli(words[0], self.told["requests"][0], *words[1:])
        assert done.returncode == 0, done.stderr
        return done

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.bench.cli(*words, url=self.model.url)

    def resume(self, *words: str) -> Outcome:
        done = self.command("resume", self.run, "--json", *words)
        return self.bench.outcome(done.returncode, done.stdout, done.stderr, self.model.requests)


def _runs(bench: Bench) -> int:
    ran: Path = bench.root / "stocklist/ran.txt"
    return len(ran.read_text().splitlines()) if ran.exists() else 0


def _script(bench: Bench, *first: Turn) -> dict[str, list[Turn]]:
    return {"main": [*first, *repair(bench.root)]}


def _told(requests: tuple[ModelRequest, ...], words: str) -> bool:
    return any(words in request.text for request in requests)


def test_a_parked_call_that_is_granted_runs_once_when_the_run_goes_on(bench: Bench) -> None:
    with ScriptedModel(_script(bench, together(HELD))) as model:
        parked = Parked(bench, model)
        assert _runs(bench) == 0
        assert parked.record.exited is not None
        parked.answer("grant", "--reason", "needed once")
        done = parked.resume()
    assert _runs(bench) == 1, done.stderr
    assert done.exit_code == 0, done.stderr
    assert done.result["verdict"] == "pass"
    (call,) = [c for c in done.record.calls.values() if "unknown-tool" in str(c.requested.input)]
    assert call.decision is not None
    assert call.decision.outcome == "allow"
