"""The gate by cases: what the agent did step by step, how each counts, and what may follow."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from remit.model.attempt import Attempts
from remit.model.attempt_events import AttemptEnded, CheckObserved
from remit.model.contract import Check, Contract, Evidence, Scope
from remit.model.ids import CallId
from remit.model.request import ToolCall
from remit.policy.attempts.judge import Limits, judge
from remit.policy.attempts.observe import observe, shown_by
from remit.policy.attempts.recognise import CheckRun, check_run
from remit.policy.effects import effects_of

CASES = Path(__file__).parent.parent / "cases" / "attempts"
NAME = "tests"


def cases() -> Iterator[Any]:
    for file in sorted(CASES.glob("*.toml")):
        for case in tomllib.loads(file.read_text())["case"]:
            yield pytest.param(case, id=case["name"])


@pytest.mark.parametrize("case", list(cases()))
def test_the_gate(case: Mapping[str, Any]) -> None:
    command = case.get("check", "python -m pytest t.py")
    evidence = Evidence(checks=(Check(NAME, command),))
    contract = Contract("goal", Scope(edit=("**",)), evidence)
    limits = Limits(case.get("attempts", 2), case.get("total"), case.get("note", False))
    attempts = Attempts().failing_before(NAME, case.get("start", ()))
    got, tree, why = [], 0, ""
    for number, step in enumerate(case["steps"]):
        if step.get("changed"):
            attempts = attempts.tree_changed(step["changed"])
            tree = step.get("tree", number + 1)
        observed, attempts = seen(attempts, step, contract, str(tree) if tree else "")
        ended = judge(attempts, observed, limits) if observed.attempt else None
        attempts = attempts.ended(ended) if ended else attempts
        got.append(said(ended))
        why = ended.why if ended else why
    assert got == case["expect"]
    assert case.get("why", "") in why


def seen(
    attempts: Attempts, step: Mapping[str, Any], contract: Contract, tree: str
) -> tuple[CheckObserved, Attempts]:
    command = step.get("command", contract.evidence.checks[0].command)
    run = check_of(command, contract)
    output = step.get("output", printed(step.get("fails", ())))
    exit_code = step.get("exit", 1 if step.get("fails") else 0)
    masked = exit_code and "|| true" not in command
    told = f"Exit code {exit_code}\n{output}" if masked else output
    observed = observe(attempts, "c", run, shown_by(run, not masked, told, "/repo"), tree)
    return observed, attempts.observed(observed)


def check_of(command: str, contract: Contract) -> CheckRun:
    call = ToolCall(CallId("c"), "Bash", {"command": command}, "/repo")
    run = check_run(command, effects_of(call), contract)
    assert run is not None
    return run


def printed(fails: tuple[str, ...]) -> str:
    """As pytest says it, with what it needs to tell how far a test came."""
    blocks, lines = [], []
    for fail in fails:
        name, error, message, *line = (part.strip() for part in fail.split("|"))
        file, _, test = name.partition("::")
        if line:
            blocks.append(
                f"____ {test} ____\n\n>   x\nE   {error}: {message}\n\n{file}:{line[0]}: {error}"
            )
        lines.append(f"FAILED {name} - {error}: {message}")
    count = f"{len(fails)} failed" if fails else "3 passed"
    head = ["=== FAILURES ===", *blocks] if blocks else []
    summary = ["=== short test summary info ===", *lines] if lines else []
    return "\n".join([*head, *summary, f"=== {count} in 0.01s ===", ""])


def said(ended: AttemptEnded | None) -> str:
    return f"{ended.weight.value} {ended.gate.value}" if ended else "-"
