"""What ``remit budget`` says of each limit, and who counted it."""

from __future__ import annotations

from remit.adapters.render.budget import budget_json, budget_lines
from remit.model import events as e
from remit.model.budget_line import BudgetLine
from remit.model.contract import Budget, RiskClass
from remit.model.digest import GENESIS
from remit.model.ids import RunId
from remit.model.limits import FILES, SPEND
from remit.model.meter_events import BudgetReserved, ModelAsked
from remit.services.budgets import RunBudget, budget_of
from remit.storage.ledger import Holder
from remit.storage.memory import MemoryLedger
from remit.testing.builders import RUN, START_US, contract

LIMITED = Budget(
    spend_micro_usd=100_000, files_inspected=4, patch_lines=9, calls=7, subagents=2, deadline_s=60
)


def budget(*happened: e.Event) -> RunBudget:
    ledger = MemoryLedger()
    lease = ledger.acquire(RunId(RUN), Holder("test", 1, "boot"), START_US)
    frozen = e.ContractFrozen(contract(budget=LIMITED), GENESIS, RiskClass.LOW, "Ada")
    ledger.append(lease, (frozen, *happened), START_US)
    return budget_of(ledger, RunId(RUN), START_US + 30_000_000)


def test_every_limit_of_the_contract_says_who_counts_it() -> None:
    counted = {line.limit.name: line.counted_by for line in budget().lines}
    assert counted == {
        "time": "clock",
        "deadline": "clock",
        "spend": "not counted",
        "tokens": "not counted",
        "calls": "hook",
        "attempts": "hook",
        "files": "hook",
        "patch_lines": "comparison",
        "subagents": "hook",
    }


def test_what_is_held_for_answers_under_way_is_told_apart() -> None:
    asked = ModelAsked("m1", "anthropic-messages", "opus", "", 10, GENESIS, GENESIS)
    found = budget(asked, BudgetReserved("m1", 40_000, 100))
    (spend,) = [line for line in found.lines if line.limit is SPEND]
    assert (spend.used, spend.held, spend.percent, spend.is_near) == (0, 40_000, 40, False)
    (line,) = [text for text, _ in budget_lines(found, 80, plain=True) if "spend" in text]
    assert "===" in line
    assert "$0.00 of $0.10, 40 %, $0.04 held  (meter)" in line


def test_a_bar_fits_and_shows_the_soft_line() -> None:
    for width in (40, 80, 200):
        for line in budget_lines(budget(), width, plain=True):
            assert len(line[0]) <= max(width, 72)
    line = BudgetLine(FILES, 4, 4, "hook")
    assert line.is_reached
    assert not BudgetLine(FILES, 3, 4, "hook").is_near
    assert BudgetLine(FILES, 3, 4, "hook", soft_percent=75).is_near


def test_what_nothing_counted_is_null_for_scripts() -> None:
    limits = budget_json(budget())["limits"]
    assert isinstance(limits, list)
    (spend,) = [one for one in limits if isinstance(one, dict) and one["limit"] == "spend"]
    assert (spend["used"], spend["cap"], spend["counted_by"]) == (None, 100_000, "not counted")
