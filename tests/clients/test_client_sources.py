"""What the real client says of its own spending: it agrees with the meter, or is shown not to."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from governed import Bench, repair
from remit.testing.scripted_model import Turn, Use, say, together

AGENT = {"description": "look", "prompt": "[[script:look]] look", "run_in_background": False}


@pytest.fixture
def bench(claude: Path, tmp_path: Path, clean_env: Callable[..., dict[str, str]]) -> Bench:
    return Bench(claude, tmp_path, clean_env)


def scripts(bench: Bench) -> Mapping[str, list[Turn]]:
    """A repair with a subagent, and with an answer of its own size."""
    look = together(Use("Agent", {**AGENT, "subagent_type": "general-purpose"}))
    read, edit, check, end = repair(bench.root)
    dear = Turn(edit.blocks, read=1_234, wrote=567)
    return {"main": [look, read, dear, check, end], "look": [say("seen")]}


def sources(bench: Bench) -> tuple[dict[str, tuple[int, int]], list[dict[str, object]]]:
    """Tokens and money by source, and every difference."""
    cost = json.loads(bench.cli("cost", "last", "--json").stdout)
    found = cost["tokens"]["reconciled"]
    said = {one["source"]: (one["tokens"], one["micro_usd"]) for one in found["sources"]}
    return said, found["differing"]


def test_meter_records_telemetry_and_result_agree_exactly(bench: Bench) -> None:
    ran = bench.go(scripts(bench), "do it", "--output-format", "stream-json", "--verbose")
    assert ran.exit_code == 0, ran.stderr
    said, differing = sources(bench)
    assert differing == []
    assert said["meter"] == said["telemetry"] == said["result"]
    assert said["transcript"] == (said["meter"][0], None)
    assert said["meter"][0] == sum(one.tokens for one in ran.record.settled.values())
