"""The report of a backtest as people and scripts read it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from recorded_sessions import backtest, contract_of, transcript

from remit.adapters.render.backtest import backtest_json
from remit.adapters.render.backtest_terminal import account
from remit.model.backtest import BacktestReport

GOLDEN = Path(__file__).parents[1] / "golden" / "backtest"
NARROW = contract_of('[scope]\nedit = ["src/**", "docs/**"]\n[budget]\ntime = "10m"\n')
SHOP = "/home/dev/shop"


def everything(folder: Path) -> BacktestReport:
    """One session for each thing that a report speaks of."""
    sessions = {
        "honest": f"Edit {SHOP}/src/app/a.py: one => two -> ok\nBash make lint -> ok",
        "outside": f"Write {SHOP}/NOTES.md: x -> ok\nRead {SHOP}/.env -> TOKEN=x",
        "zone": f"Edit {SHOP}/src/auth/a.py: one => two -> ok\nBash ls -> src",
        "loop": "8x Bash ls build -> nothing",
        "long": "Bash ls -> src\n3x (\nwait 300s\nBash ls src -> a{n}.py\n)",
        "elsewhere": "cd C:\\shop\nBash ls -> src",
    }
    for name, session in sessions.items():
        transcript(folder / f"{name}.jsonl", session, name)
    return backtest(NARROW, folder)


def nothing(folder: Path) -> BacktestReport:
    folder.mkdir()
    (folder / "empty.jsonl").write_text("\n")
    return backtest(NARROW, folder)


def no_fault(folder: Path) -> BacktestReport:
    transcript(folder / "one.jsonl", f"Edit {SHOP}/src/app/a.py: one => two -> ok")
    return backtest(NARROW, folder)


@pytest.mark.parametrize("report", [everything, nothing, no_fault], ids=lambda it: it.__name__)
def test_the_page_is_as_it_was_read(
    report: Callable[[Path], BacktestReport], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    shown = click.unstyle(account(report(tmp_path / "s"))).replace(str(tmp_path), "")
    shown = re.sub(r"^prices: .*$", "prices: …", shown, flags=re.MULTILINE)
    golden = GOLDEN / f"{report.__name__}.txt"
    if os.environ.get("REMIT_GOLDEN") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(shown, encoding="utf-8")
    assert shown == golden.read_text(encoding="utf-8")


def test_the_page_says_what_the_json_says(tmp_path: Path) -> None:
    report = everything(tmp_path / "s")
    page, value = click.unstyle(account(report)), json.loads(json.dumps(backtest_json(report)))
    calls = value["calls"]
    fates = ("allowed", "answered", "asked", "denied", "stopped", "unclear")
    assert (
        sum(calls[name] for name in fates) + sum(stop["after"]["calls"] for stop in value["stops"])
        == value["recorded"]["calls"]
    )
    assert f"{calls['denied'] + calls['stopped']}  denied" in page
    assert f"Honest work interrupted: {value['honest_work']['interrupted']} call" in page
    for stop in value["stops"]:
        assert f"Stopped by {stop['rule']}" in page
    assert {session["session"] for session in value["sessions"]} >= {"zone", "loop", "long"}
