"""A contract is ready when its class says so: nothing for a small job, people for a risky one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from remit.codec.contract import parse
from remit.model.contract import Budget, Contract, RiskClass
from remit.model.route import ModelRoute
from remit.policy.ceremony import unmet
from remit.services.layers import layers_of
from remit.services.readiness import Setting, advisory_lines, judge, judge_text
from remit.system.confine.ability import find_ability

SMALL = """\
goal = "Fix the failing parser test"
[scope]
edit = ["src/parser.py"]
[[evidence.checks]]
name = "tests"
command = "make test"
"""
RISKY = SMALL.replace("src/parser.py", "db/migrations/0007_rows.py") + (
    '[stop]\nallow_zones = ["migrations"]\n'
)
ANSWERS = """
[people]
delegator = "Ada"
reviewer = "Grace"
owner = "Edsger"
[rollback]
change = "rows gain a column"
undo = "revert, then drop the column with 0008"
data_risk = "rows written since keep no value"
trigger = "errors in the import log"
owner = "Edsger"
verify = "make test and one import"
"""
READY = 'acknowledged_by = "Grace"\n' + RISKY + ANSWERS
FILES = ("src/parser.py", "db/migrations/0007_rows.py")
SETTING = Setting(FILES, None, "Ada <ada@example.org>")


def _keys(text: str) -> set[str]:
    return {problem.key for problem in judge_text(text, "c.toml", SETTING).problems}


def test_a_small_job_needs_goal_scope_and_check_and_no_more() -> None:
    readiness = judge_text(SMALL, "c.toml", SETTING)
    assert (readiness.ready, readiness.risk) == (True, RiskClass.LOW)
    assert readiness.contract.people.delegator == "Ada <ada@example.org>"


def test_a_risky_one_is_asked_for_people_and_a_way_back() -> None:
    assert _keys(RISKY) == {
        "people.reviewer",
        "people.owner",
        "rollback.change",
        "rollback.undo",
        "rollback.data_risk",
        "rollback.trigger",
        "rollback.owner",
        "rollback.verify",
        "acknowledged_by",
    }


def test_its_honest_twin_is_ready() -> None:
    readiness = judge_text(READY, "c.toml", SETTING)
    assert readiness.problems == ()
    assert readiness.risk is RiskClass.HIGH


@pytest.mark.parametrize(
    "undo", ["revert the commit", "git revert", "Just revert it.", "roll back the change", "reset"]
)
def test_a_bare_revert_does_not_undo_data(undo: str) -> None:
    text = READY.replace("revert, then drop the column with 0008", undo)
    (problem,) = judge_text(text, "c.toml", SETTING).problems
    assert problem.key == "rollback.undo"
    assert "migrations" in problem.message
    assert problem.line == text.splitlines().index(f'undo = "{undo}"') + 1


def test_another_persons_acknowledgement_is_none() -> None:
    text = READY.replace('acknowledged_by = "Grace"', 'acknowledged_by = "Ada"')
    assert _keys(text) == {"acknowledged_by"}


def _small() -> Contract:
    return parse(SMALL, "c.toml")


def test_the_standard_class_asks_for_less_than_the_high_one() -> None:
    standard = {problem.key for problem in unmet(_small(), RiskClass.STANDARD, ())}
    high = {problem.key for problem in unmet(_small(), RiskClass.HIGH, ())}
    assert standard < high
    assert "rollback.undo" in standard


def test_broken_lines_do_not_hide_what_else_is_wrong() -> None:
    text = 'goal = "fix it and tidy related things"\nscope.edits = ["a"]\n[stop]\n'
    text += 'zones = ["migratons"]\nallow_zones = ["biling"]\n[budget]\ntime = 5\n'
    found = {(p.key, p.line) for p in judge_text(text, "c.toml", SETTING).problems}
    assert {
        ("goal", 1),
        ("scope.edits", 2),
        ("scope.edit", None),
        ("stop.zones[0]", 4),
        ("stop.allow_zones[0]", 5),
        ("budget.time", 7),
        ("evidence.checks", None),
    } <= found


def test_a_further_zone_is_a_word_of_ones_own() -> None:
    assert "stop.zones[0]" not in _keys(SMALL + '[stop]\nzones = ["ledger"]\n')


def test_text_that_is_no_toml_is_the_worst_and_says_where() -> None:
    readiness = judge_text("goal = \n", "c.toml", SETTING)
    assert not readiness.ready
    assert readiness.risk is RiskClass.HIGH
    assert readiness.problems[0].line == 1


def test_what_nothing_enforces_is_called_advisory() -> None:
    text = SMALL + '[budget]\nspend = "2.00"\nfiles = 8\npatch_lines = 9\n'
    text += '[network]\nhosts = ["a.org"]\n'
    said = " ".join(advisory_lines(parse(text, "c")))
    for line in ("spend $2.00", "hosts a.org"):
        assert line in said
    assert not [name for name in ("time", "attempts", "files", "patch_lines") if name in said]
    quiet = replace(_small(), budget=replace(_small().budget, attempts=None))
    assert advisory_lines(quiet) == ()


def test_a_warning_does_not_stop_a_contract() -> None:
    wide = replace(_small(), scope=replace(_small().scope, read=("src/parser.py",)))
    readiness = judge(wide, SETTING)
    assert readiness.ready
    assert [warning.key for warning in readiness.warnings] == ["scope.edit"]


def test_money_of_a_client_with_its_own_way_to_a_model_is_advisory_and_says_how_late() -> None:
    budget = Budget(spend_micro_usd=2_000_000, attempts=None)
    spend = replace(_small(), budget=budget)
    by_cloud = layers_of(find_ability({}), ModelRoute(""))
    (line,) = advisory_lines(spend, by_cloud)
    assert line.startswith("spend $2.00: counted from the client's own telemetry")
    assert line.endswith("behind by up to 3 s; overshoot of one or more answers possible")
    metered = layers_of(find_ability({}), ModelRoute("https://api.example"))
    assert advisory_lines(spend, metered) == ()
