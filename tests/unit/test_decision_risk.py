"""The risk class, from what a contract opens; an ordinary repair is no paperwork."""

from __future__ import annotations

from dataclasses import replace

import pytest

from remit.model.contract import Check, Contract, Evidence, McpServer, RiskClass, Scope, Stop
from remit.policy.risk import assess

REPAIR = Contract(
    "fix the failing parser test",
    Scope(edit=("src/parser/**", "tests/**")),
    Evidence(checks=(Check("tests", "pytest"),)),
)
FILES = ("src/parser/lexer.py", "tests/test_parser.py", "src/billing/invoice.py", "pyproject.toml")


def _scope(*edit: str) -> Contract:
    return replace(REPAIR, scope=Scope(edit=edit))


@pytest.mark.parametrize(
    "contract",
    [
        REPAIR,
        _scope("docs/**"),
        _scope("tests/**"),
        _scope("src/parser.py", "tests/test_parser.py"),
        _scope("src/**", "tests/**", "README.md"),
    ],
)
def test_an_ordinary_repair_is_low(contract: Contract) -> None:
    assert assess(contract, ("src/parser.py", "src/parser/lexer.py", "tests/test_parser.py")) == (
        RiskClass.LOW,
        (),
    )


@pytest.mark.parametrize(
    "contract",
    [
        _scope("pyproject.toml", "src/**"),
        _scope("a/x/**", "b/x/**", "c/x/**", "d/x/**", "e/x/**"),
        replace(REPAIR, mcp=(McpServer("tracker", ("server",), tools=("get_issue",)),)),
    ],
)
def test_more_than_that_is_standard(contract: Contract) -> None:
    risk, reasons = assess(contract, ("src/parser/lexer.py", "pyproject.toml"))
    assert risk is RiskClass.STANDARD
    assert reasons


@pytest.mark.parametrize(
    "contract",
    [
        replace(REPAIR, stop=Stop(allow_zones=("billing",))),
        _scope("src/billing/**"),
        _scope(".github/workflows/**"),
        _scope("migrations/**"),
        _scope("Dockerfile"),
        _scope("**"),
        _scope("src/**", "uv.lock"),
        replace(REPAIR, hosts=("example.com",)),
        replace(REPAIR, mcp=(McpServer("tracker", ("server",), writes=("close_issue",)),)),
    ],
)
def test_what_reaches_far_is_high(contract: Contract) -> None:
    risk, reasons = assess(contract, FILES)
    assert risk is RiskClass.HIGH
    assert reasons


def test_a_lock_file_inside_a_folder_of_the_scope_is_no_reason() -> None:
    assert assess(_scope("app/**"), ("app/uv.lock", "app/a.py"))[0] is RiskClass.LOW


def test_what_was_changed_counts_not_what_was_said() -> None:
    calm = replace(_scope("src/**"), goal="only a typo, very low risk")
    assert assess(calm, ("src/auth/session.py",))[0] is RiskClass.HIGH
