"""What counts as the same thing again: a person who reads the stop must agree."""

from __future__ import annotations

from dataclasses import replace

import pytest

from remit.model.contract import Check, Contract, Evidence, Scope
from remit.model.decision import Decision, Outcome
from remit.model.ids import CallId
from remit.model.request import PATH_KINDS, Request, ToolCall
from remit.model.run import Phase, RunState
from remit.policy.effects import effects_of
from remit.policy.engine import decide
from remit.system.files import resolve

CONTRACT = Contract("g", Scope(edit=("src/**",)), Evidence(checks=(Check("tests", "pytest"),)))
OPEN = RunState(Phase.OPEN, CONTRACT, "/nowhere/r", heartbeat=True)


def _decided(command: str, state: RunState) -> Decision:
    call = ToolCall(CallId(f"c{state.calls}"), "Bash", {"command": command}, state.root)
    effects = effects_of(call)
    targets = {effect.target for effect in effects if effect.kind in PATH_KINDS}
    paths = tuple(resolve(target, state.root, state.root, "/nowhere") for target in targets)
    return decide(Request(call, effects, paths), state)


def _after(*commands: str) -> Decision:
    """The decision on the last of ``commands``, each held one counted as runs count it."""
    state = OPEN
    for command in commands:
        decision = _decided(command, state)
        if decision.held:
            subject = decision.reasons[0].subject
            counted = {**state.denials, subject: state.denials.get(subject, 0) + 1}
            state = replace(state, denials=counted, calls=state.calls + 1)
    return decision


@pytest.mark.parametrize(
    "commands",
    [
        ("python3 -c 'import a1'", "python3 -c 'import a2'", "python3 -c 'import a3'"),
        ("npm run build", "npm run docs", "npm run site"),
        ("pytest --pdb", "pytest -c x.ini", "pytest -p evil"),
        ("grep x $a", "grep x $b", "wc -l $a"),
        ("sh <<'E'\nx=(1\nE", "sh <<'E'\ny=(1\nE", "sh <<'E'\nz=(1\nE"),
        ("curl $a", "wget $b", "pip install x"),
        ("python3 - <<'E'\nf(1)\nE", "python3 - <<'E'\nf(2)\nE", "python3 - <<'E'\nf(3)\nE"),
    ],
    ids=lambda commands: commands[0].split("\n")[0],
)
def test_three_different_things_are_no_repetition(commands: tuple[str, ...]) -> None:
    assert _after(*commands).held
    assert _after(*commands).outcome is not Outcome.STOP


@pytest.mark.parametrize(
    "commands",
    [
        ("python3 -c 'import a1'", "python3 -c 'import a1'", 'python3  -c "import a1"'),
        ("npm run build", "CI=1 npm run build", "npm run build -- --fast"),
        ("pytest --pdb", "python -m pytest --pdb -x", "CI=1 pytest --pdb"),
        ("echo > README.md", "tee README.md", "python3 -c \"open('README.md', 'w')\""),
        (
            "echo > README.md",
            "python3 -c \"open('README.md', 'a')\"",
            "perl -e 'unlink(\"README.md\")'",
        ),
        ("pip install x", "pip install x", "pip install x"),
    ],
    ids=lambda commands: commands[0],
)
def test_the_same_thing_by_another_route_stops(commands: tuple[str, ...]) -> None:
    assert _after(*commands[:2]).outcome is not Outcome.STOP
    decision = _after(*commands)
    assert decision.outcome is Outcome.STOP
    assert decision.reasons[0].rule == "repetition.denied-again"


def test_after_a_stop_no_call_is_called_a_repetition() -> None:
    stopped = replace(OPEN, phase=Phase.STOPPED, denials={"Bash": 5})
    decision = _decided("touch src/new.py", stopped)
    assert decision.outcome is Outcome.DENY
    assert decision.reasons[0].rule == "phase.stopped"


def test_a_refused_option_of_the_check_is_named() -> None:
    reason = _decided("pytest -x --pdb tests", OPEN).reasons[0]
    assert reason.message == "pytest may run as the contract's check does, but not with --pdb."
    assert reason.ask == 'add "pytest -x --pdb tests" to commands.free in the contract'


def test_a_contract_that_names_no_command_does_not_offer_nothing() -> None:
    bare = replace(CONTRACT, evidence=Evidence(none="nothing can be checked"))
    reason = _decided("frobnicate", replace(OPEN, contract=bare)).reasons[0]
    assert reason.allowed == "commands that only read or edit inside the contract"
