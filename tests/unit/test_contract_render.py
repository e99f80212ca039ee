"""One record, two readers: the person who starts the run and the agent that works."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from remit.adapters.render.contract import agent_prompt, screen
from remit.codec.contract import parse
from remit.model.contract import Contract, RiskClass
from remit.model.events import Layer, LayerState
from remit.services.readiness import advisory_lines

ROOT = Path(__file__).parents[1]
LAYERS = (
    Layer("hook", LayerState.LIVE, ""),
    Layer("comparison", LayerState.LIVE, ""),
    Layer("kernel", LayerState.OFF, ""),
)


def _contract(name: str) -> Contract:
    return parse((ROOT / "cases" / "contracts" / f"{name}.toml").read_text(), name)


def _screen(contract: Contract, width: int = 80) -> str:
    advisory = advisory_lines(contract)
    notes = ("may change: files that the goal names (“parser”)",)
    reasons = ("the sensitive zone migrations is opened",)
    return screen(contract, RiskClass.HIGH, reasons, LAYERS, advisory, notes, width)


def _agrees(name: str, text: str) -> None:
    golden = ROOT / "golden" / f"{name}.txt"
    if os.environ.get("REMIT_WRITE_GOLDEN"):
        golden.write_text(text)
    assert text == golden.read_text()


@pytest.mark.parametrize("name", ["smallest", "whole"])
def test_the_screen_reads_as_agreed(name: str) -> None:
    _agrees(f"contract_screen_{name}", _screen(_contract(name)))


@pytest.mark.parametrize("name", ["smallest", "whole"])
def test_the_prompt_reads_as_agreed(name: str) -> None:
    _agrees(f"contract_prompt_{name}", agent_prompt(_contract(name)))


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = _screen(_contract("whole"), width).splitlines()
    assert max(map(len, lines)) <= width
    assert len(_screen(_contract("whole"), 80).splitlines()) <= 40


def test_a_strangers_words_move_nothing_on_the_screen() -> None:
    goal = "Fix \u202eparser\\nrefused   nothing"
    text = f'goal = "{goal}"\nkeep = ["{"x" * 300}"]\nevidence.none = "y"\n'
    contract = parse(text + 'scope.edit = ["a\u202e/\u200bb"]\n', "c")
    for shown in (_screen(contract), agent_prompt(contract)):
        assert "\u202e" not in shown
        assert "\u200b" not in shown
        assert "<U+202E>" in shown
    labels = [line[:7] for line in _screen(contract).splitlines()]
    assert labels.count("refused") == 1
    assert max(map(len, _screen(contract).splitlines())) <= 80
