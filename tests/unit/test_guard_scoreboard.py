"""What the guard comparison counts, and that hostile payloads are held."""

from __future__ import annotations

from pathlib import Path

import pytest

import guard_hostile
from guard_rows import Row, score, with_exceptions, without_clashes
from remit.model.contract import Contract, Evidence, Scope


def _rows(*labels: bool) -> list[Row]:
    return [Row("set", str(at), f"command {at}", bad) for at, bad in enumerate(labels)]


def test_shares_are_of_what_is_counted() -> None:
    rows = _rows(True, True, False, False)
    left_out = Row("set", "9", "other", False, "no command")
    found = score([*zip(rows, (True, False, False, True), strict=True), (left_out, True)])
    assert found == {"stopped": 0.5, "interrupted": 0.5, "excepted": 1, "bad": 2, "benign": 2}


def test_a_command_labelled_both_ways_is_dropped() -> None:
    rows = [Row("one", "1", "rm -rf build", True), Row("two", "1", "rm -rf build", False)]
    kept, dropped = without_clashes([*rows, *_rows(True)])
    assert [row.corpus for row in kept] == ["set"]
    assert dropped == rows


def test_more_exceptions_than_one_in_twenty_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "exceptions.toml"
    file.write_text('[[exception]]\nset = "set"\nreason = "no command"\nrows = ["0"]\n')
    assert with_exceptions(_rows(*[True] * 20), file)[0].excepted == "no command"
    with pytest.raises(SystemExit, match="1 exceptions of 19"):
        with_exceptions(_rows(*[True] * 19), file)


@pytest.mark.parametrize("payload", guard_hostile.payloads("/nowhere/r"), ids=lambda p: p.name)
def test_a_hostile_payload_is_held(payload: guard_hostile.Payload) -> None:
    open_to_edits = Contract("anything", Scope(edit=("**",)), Evidence(none="no check"))
    assert guard_hostile.held(payload.body, open_to_edits, "/nowhere/r")
