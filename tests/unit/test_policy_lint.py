"""The linter says what a reviewer would, and leaves honest goals and checks alone."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from remit.model.contract import Check, Contract, Evidence, Scope
from remit.model.verdict import Finding, Severity
from remit.policy.idle_checks import idle_reason, shows_little
from remit.policy.lint import lint, lint_goal

CASES = Path(__file__).parent.parent / "cases" / "lint"
GOAL_CASES = tomllib.loads((CASES / "goals.toml").read_text())
GOALS = GOAL_CASES["case"]
HONEST = [goal for group in GOAL_CASES["honest"] for goal in group["goals"]]
CHECKS = tomllib.loads((CASES / "checks.toml").read_text())


def _named(finding: Finding) -> str:
    return finding.rule + ("!" if finding.severity is Severity.BLOCK else "")


@pytest.mark.parametrize("case", GOALS, ids=lambda case: case["why"])
def test_a_vague_goal_is_found_and_its_honest_twin_is_not(case: dict[str, object]) -> None:
    found = lint_goal(str(case["goal"]).strip())
    assert sorted(map(_named, found)) == case["findings"]
    assert all(finding.subject == "goal" and finding.fix for finding in found)
    assert lint_goal(str(case["twin"])) == ()


@pytest.mark.parametrize("goal", HONEST)
def test_an_honest_goal_is_left_alone(goal: str) -> None:
    assert lint_goal(goal) == ()


@pytest.mark.parametrize(("idle", "twin"), CHECKS["idle"])
def test_a_check_that_cannot_fail_is_found(idle: str, twin: str) -> None:
    assert idle_reason(idle)
    assert idle_reason(twin) == ""


@pytest.mark.parametrize(("little", "twin"), CHECKS["little"])
def test_a_check_that_shows_little_is_found(little: str, twin: str) -> None:
    assert shows_little(little)
    assert shows_little(twin) == ""


def _rules(edit: tuple[str, ...], read: tuple[str, ...], lines: int = 0) -> list[str]:
    check = Evidence((Check("tests", "make test"),))
    contract = Contract("Fix the failing parser test", Scope(edit, read), check)
    return [_named(finding) for finding in lint(contract, lines)]


@pytest.mark.parametrize(
    ("edit", "read", "rules"),
    [
        (("**",), ("**",), ["scope.edit-as-wide-as-read"]),
        (("src/**",), ("src/parser.py",), ["scope.edit-as-wide-as-read"]),
        (("src/**", "tests/**"), ("tests/a/**", "src/x*"), ["scope.edit-as-wide-as-read"]),
        (("src/parser.py",), ("src/**",), []),
        (("src/**",), ("**",), []),
        ((".git/hooks/pre-commit",), ("**",), ["scope.protected!"]),
        ((".remit/policy.toml",), ("**",), ["scope.protected!"]),
        ((".github/workflows/ci.yml",), ("**",), []),
    ],
)
def test_scopes(edit: tuple[str, ...], read: tuple[str, ...], rules: list[str]) -> None:
    assert _rules(edit, read) == rules


def test_more_than_a_screen_is_a_task_too_wide() -> None:
    assert _rules(("src/parser.py",), ("**",), 40) == []
    assert _rules(("src/parser.py",), ("**",), 41) == ["contract.more-than-a-screen"]


def test_hostile_goals_are_judged_in_linear_time() -> None:
    for text in ("and " * 20_000, "a/" * 20_000, "'" * 40_000, "fix it and add " * 3_000):
        assert len(lint_goal(text)) < 10  # a few findings, however often a word comes
        assert len(idle_reason(text)) < 1_000
