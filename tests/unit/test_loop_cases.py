"""What the loop detector says of the sessions in ``tests/cases/loops``."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from loop_sessions import calls_of, shown

from remit.model.loops import LoopKind, LoopLimits
from remit.policy.loops.find import find_loops

CASES = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "loops" / "sessions.toml").read_text(encoding="utf-8")
)["case"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_session_has_just_these_loops(case: dict[str, object]) -> None:
    calls = calls_of(str(case["calls"]), bool(case.get("describe")))
    assert [shown(loop) for loop in find_loops(calls, LoopLimits())] == case["loops"]


def test_every_rule_has_a_case_that_shows_it() -> None:
    named = {line.split()[0] for case in CASES for line in case["loops"]}
    assert named == {kind.value for kind in LoopKind}
