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
    wait = use("Bash", command="tail -f README.md", description="wait")
    ran = bench.go({"main": [wait, say("done")]})
    assert ran.record.stopped is not None
    assert ran.record.stopped.trigger == "time"
    assert "deadline" in ran.record.stopped.message
    assert [one.limit for one in warnings(bench, ran)] == ["deadline"]
    assert ran.packet["ending"] == "stopped"


@pytest.mark.parametrize("cap", [1, 2], ids=["past the limit", "twin: at the limit"])
def test_new_files_are_held_past_the_limit_and_the_agent_is_told_to_report(
    bench: Bench, cap: int
) -> None:
    limited(bench, f"files = {cap}")
    parser, notes = bench.root / "stocklist/parser.py", bench.root / "README.md"
    look = [
        use("Bash", command="cat stocklist/parser.py && ls docs", description="look"),
        use("Read", file_path=str(parser)),
        use("Bash", command="cat README.md", description="look"),
    ]
    ran = bench.go({"main": [*look, *repair(bench.root)]})
    assert ran.exit_code == 0, ran.stderr
    assert ran.decisions("Read") == ["allow", "allow"]
    held = "Bash" if cap == 1 else ""
    assert ("deny" in ran.decisions("Bash")) is bool(held)
    assert ("report back now" in ran.requests[3].text) is bool(held)
    assert (notes.read_text() in "".join(request.text for request in ran.requests)) is False


def test_a_search_through_a_folder_counts_the_files_it_showed_lines_of(bench: Bench) -> None:
    limited(bench, "files = 2")
    look = [
        use("Bash", command="grep -rn parse_line stocklist tests", description="search"),
        use("Bash", command="grep -rl name .", description="list"),
        use("Read", file_path=str(bench.root / "docs/format.md")),
    ]
    ran = bench.go({"main": [*look, *repair(bench.root)]})
    assert ran.exit_code == 0, ran.stderr
    assert ran.decisions("Read") == ["deny", "allow"]
    assert ran.decisions("Bash")[:2] == ["allow", "allow"]


@pytest.mark.parametrize("cap", [9, 10], ids=["past the limit", "twin: at the limit"])
def test_a_change_past_its_size_stops_the_run_whatever_made_it(bench: Bench, cap: int) -> None:
    """The repair is two lines, the shell adds eight in a file git does not know."""
    limited(bench, f"patch_lines = {cap}", "soft = 99")
    command = "printf '1\\n2\\n3\\n4\\n5\\n6\\n7\\n8\\n' > stocklist/more.txt"
    read, edit, check, done = repair(bench.root)
    more = use("Bash", command=command, description="write")
    ran = bench.go({"main": [read, edit, more, check, done]})
    if cap == 10:
        assert ran.exit_code == 0, ran.stderr
        assert ran.record.stopped is None
        assert [(one.used, one.cap) for one in warnings(bench, ran)] == [(10, 10)]
        return
    assert ran.record.stopped is not None
    assert ran.record.stopped.trigger == "budget"
    assert "10 added and removed lines in 2 files" in ran.record.stopped.message
    assert ran.decisions("Bash") == ["allow", "deny"]
    assert ran.packet["ending"] == "stopped"
