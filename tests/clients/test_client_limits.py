"""Limits that are counts, held in runs of the real client: at the limit a run goes on, past it
the run stops or the call is held."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from governed import Bench, Outcome, repair
from remit.interfaces.demo.repository import CONTRACT
from remit.model.budget_events import BudgetWarned
from remit.storage.sqlite import SqliteLedger
from remit.testing.scripted_model import Turn, Use, say, together, use


@pytest.fixture
def bench(claude: Path, tmp_path: Path, clean_env: Callable[..., dict[str, str]]) -> Bench:
    return Bench(claude, tmp_path, clean_env)


def limited(bench: Bench, *lines: str) -> None:
    bench.contract = CONTRACT.replace("[budget]", "\n".join(("[budget]", *lines)))


def warnings(bench: Bench, ran: Outcome) -> list[BudgetWarned]:
    with SqliteLedger.open(bench.state / "ledger.sqlite3") as ledger:
        recorded = [item.event for item in ledger.recorded(ran.record.run)]
    return [event for event in recorded if isinstance(event, BudgetWarned)]


def agents(*names: str) -> list[Use]:
    return [
        Use(
            "Agent",
            {
                "description": name,
                "prompt": f"[[script:{name}]] look",
                "subagent_type": "general-purpose",
                "run_in_background": False,
            },
        )
        for name in names
    ]


@pytest.mark.parametrize("cap", [2, 3], ids=["past the limit", "twin: at the limit"])
def test_the_call_over_the_limit_stops_the_run(bench: Bench, cap: int) -> None:
    limited(bench, f"calls = {cap}")
    ran = bench.go({"main": repair(bench.root)})
    if cap == 3:
        assert ran.exit_code == 0, ran.stderr
        assert ran.record.stopped is None
        return
    assert ran.record.stopped is not None
    assert ran.record.stopped.trigger == "budget"
    assert "2 tool calls" in ran.record.stopped.message
    assert ran.decisions("Bash") == ["stop"]
    assert ran.packet["ending"] == "stopped"


def test_a_soft_line_warns_once_person_and_agent(bench: Bench) -> None:
    limited(bench, "calls = 5", "soft = 60")
    look = use("Read", file_path=str(bench.root / "README.md"))
    ran = bench.go({"main": [look, look, *repair(bench.root)]})
    assert ran.exit_code == 0, ran.stderr
    assert warnings(bench, ran) == [BudgetWarned("calls", 3, 5)]
    assert ran.stderr.count("near its limit: 3 of 5 tool calls") == 1
    assert ran.requests[-1].text.count("3 of 5 tool calls") == 1
    assert "of 5 tool calls" not in ran.requests[2].text
    assert "3 of 5 tool calls" in ran.requests[3].text


def test_below_the_soft_line_nobody_is_warned(bench: Bench) -> None:
    limited(bench, "calls = 5", "soft = 61")
    ran = bench.go({"main": repair(bench.root)})
    assert warnings(bench, ran) == []
    assert "near its limit" not in ran.stderr


@pytest.mark.parametrize("cap", [2, 4], ids=["past the limit", "twin: at the limit"])
def test_no_more_subagents_start_than_the_limit_says(bench: Bench, cap: int) -> None:
    limited(bench, f"subagents = {cap}")
    names = [f"look{n}" for n in range(4)]
    looks = {name: [say("seen")] for name in names}
    ran = bench.go({"main": [together(*agents(*names)), *repair(bench.root)], **looks})
    assert ran.exit_code == 0, ran.stderr
    assert ran.record.stopped is None
    assert sorted(ran.decisions("Agent")) == ["allow"] * cap + ["deny"] * (4 - cap)
    assert len({request.script for request in ran.requests} & set(looks)) == cap


@pytest.mark.parametrize("cap", [1, 2], ids=["past the limit", "twin: at the limit"])
def test_a_subagent_starts_others_only_as_deep_as_the_limit_says(bench: Bench, cap: int) -> None:
    limited(bench, f"depth = {cap}")
    scripts: dict[str, list[Turn]] = {
        "main": [together(*agents("outer")), *repair(bench.root)],
        "outer": [together(*agents("inner")), say("asked")],
        "inner": [say("seen")],
    }
    ran = bench.go(scripts)
    assert ran.exit_code == 0, ran.stderr
    assert ran.decisions("Agent") == ["allow", "allow" if cap == 2 else "deny"]
    assert ("inner" in {request.script for request in ran.requests}) is (cap == 2)


def test_a_deadline_stops_the_run_whatever_its_time_box_leaves(bench: Bench) -> None:
    limited(bench, 'deadline = "3s"')
    wait = use("Bash", command="sleep 30", description="wait")
    ran = bench.go({"main": [wait, say("done")]})
    assert ran.record.stopped is not None
    assert ran.record.stopped.trigger == "time"
    assert "deadline" in ran.record.stopped.message
    assert [one.limit for one in warnings(bench, ran)] == ["deadline"]
    assert ran.packet["ending"] == "stopped"
