"""What contracts would have made of the sessions in ``tests/cases/backtest``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from recorded_sessions import backtest, contract_of, transcript

from remit.codec.contract import dump, parse
from remit.model.backtest import BacktestReport, Fate

CASES = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "backtest" / "sessions.toml").read_text(encoding="utf-8")
)["case"]


def report_of(case: dict[str, Any], tmp_path: Path) -> BacktestReport:
    transcript(tmp_path / "one.jsonl", case["session"])
    return backtest(contract_of(case["contract"]), tmp_path / "one.jsonl")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_session_is_what_the_contract_would_have_made_of_it(
    case: dict[str, Any], tmp_path: Path
) -> None:
    report = report_of(case, tmp_path)
    held = sorted(
        f"{group.fate.value} {group.rule}{' honest' * (at < group.honest)}"
        for group in report.rules
        for at in range(group.calls)
    )
    assert held == sorted(case.get("held", []))
    stops = [f"{stop.rule} {stop.after.calls}" for stop in report.stops]
    assert stops == ([case["stopped"]] if "stopped" in case else [])
    added = [
        f"{change.line} {item.text}" for change in report.suggestion.changes for item in change.new
    ]
    assert sorted(added) == sorted(case.get("suggested", []))
    assert report.fates.get(Fate.UNCLEAR, 0) == case.get("unclear", 0)


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.get("suggested")], ids=lambda case: case["name"]
)
def test_the_suggested_contract_interrupts_less(case: dict[str, Any], tmp_path: Path) -> None:
    before = report_of(case, tmp_path)
    draft = before.suggestion.draft
    assert parse(dump(draft), "draft") == draft
    after = backtest(draft, tmp_path / "one.jsonl")
    assert after.honest == before.honest - before.suggestion.covered < before.honest
