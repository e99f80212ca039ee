"""The real client holds still while a person is asked, and does as the person says."""

from __future__ import annotations

from pathlib import Path

import pytest

from governed import RUN_SECONDS, Bench, Outcome, repair
from remit.testing.scripted_model import ScriptedModel, use

TOOL = "#!/bin/sh\necho ran >> stocklist/ran.txt\n"


@pytest.fixture
def bench(claude, tmp_path, clean_env) -> Bench:
    made = Bench(claude, tmp_path, clean_env)
    made.commit({"unknown-tool": TOOL})
    (made.root / "unknown-tool").chmod(0o755)
    made.options = ("--wait", "1m")
    return made


def _answered(bench: Bench, *answer: str) -> Outcome:
    """A run whose first call is held, and answered with ``remit ANSWER…``."""
    turns = [use("Bash", command="./unknown-tool --now", description="seed"), *repair(bench.root)]
    with ScriptedModel({"main": turns}) as model:
        process = bench.start(model.url)
        record = bench.wait_for(lambda record: bool(record.requests), RUN_SECONDS)
        done = bench.cli(answer[0], next(iter(record.requests)), *answer[1:])
        assert done.returncode == 0, done.stderr
        out, err = process.communicate(timeout=RUN_SECONDS)
        return bench.outcome(process.returncode, out, err, model.requests)


def _runs(bench: Bench) -> int:
    ran: Path = bench.root / "stocklist/ran.txt"
    return len(ran.read_text().splitlines()) if ran.exists() else 0


def test_a_held_call_that_is_granted_executes_exactly_once(bench: Bench) -> None:
    done = _answered(bench, "grant", "--until", "end", "--reason", "needed once")
    assert _runs(bench) == 1, done.stderr
    assert done.exit_code == 0, done.stderr
    (grant,) = done.record.grants
    assert done.record.revoked[grant.id].reason == "the run ended"


def test_a_held_call_that_is_refused_is_denied_with_the_reason(bench: Bench) -> None:
    done = _answered(bench, "refuse", "--reason", "use the fixture")
    assert _runs(bench) == 0
    assert any("use the fixture" in str(request) for request in done.requests)
    assert done.exit_code == 0, done.stderr
