"""Errors carry names and words of others, and every line of them is shown without their effect."""

from __future__ import annotations

import pytest

from remit.errors import InvalidDocument, Problem, RemitError
from remit.interfaces.cli.main import _tell

RED = "\x1b[31m"


def test_what_to_do_next_holds_no_control(capsys: pytest.CaptureFixture[str]) -> None:
    _tell(RemitError(f"no {RED}", f"name another than {RED}"))
    shown = capsys.readouterr().err
    assert "\x1b" not in shown
    assert "next: name another than ␛[31m" in shown


def test_how_to_mend_a_line_holds_no_control(capsys: pytest.CaptureFixture[str]) -> None:
    problem = Problem("scope.edit", "it is none", f"write {RED}", 3)
    _tell(InvalidDocument("c.toml", (problem,)))
    shown = capsys.readouterr().err
    assert "\x1b" not in shown
    assert "fix: write ␛[31m" in shown
