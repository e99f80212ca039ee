"""A run of the real client against a budget of ten cents, with its own request for 128,000 tokens
an answer and the price of the model it asks for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from governed import Bench, Outcome, repair
from remit.interfaces.demo.repository import CONTRACT
from remit.model.meter_events import AnswerEnd, BudgetSettled, Counted
from remit.testing.scripted_model import Say, ScriptedModel, Turn, Use, say, together, use

CENTS = CONTRACT.replace("[budget]", '[budget]\nspend = "0.10"')
CAP = 100_000
"""Micro-dollars."""


@pytest.fixture
def bench(claude: Path, tmp_path: Path, clean_env: Callable[..., dict[str, str]]) -> Bench:
    made = Bench(claude, tmp_path, clean_env)
    made.contract = CENTS
    return made


def settled(ran: Outcome) -> list[BudgetSettled]:
    return list(ran.record.settled.values())


def test_six_short_answers_complete(bench: Bench) -> None:
    more = [use("Read", file_path=str(bench.root / "stocklist/parser.py"))] * 2
    ran = bench.go({"main": [*more, *repair(bench.root)]})
    assert ran.exit_code == 0, ran.stderr
    assert [one.end for one in settled(ran)] == [AnswerEnd.WHOLE] * 6
    assert {one.usage for one in settled(ran)} == {(100, 20, 0, 0, 0)}


def test_a_runaway_answer_is_cut_and_the_run_ends_with_a_packet(bench: Bench) -> None:
    endless = Turn((Say("and so it goes on and on " * 4000),), pace_s=0.0, wrote=28_000)
    ran = bench.go({"main": [*repair(bench.root)[:1], endless]})
    last = settled(ran)[-1]
    assert last.end is AnswerEnd.CUT
    assert ran.record.stopped is not None
    assert ran.record.stopped.trigger == "budget"
    assert sum(one.micro_usd for one in settled(ran)) <= CAP
    assert sum(one.micro_usd for one in settled(ran)) > CAP * 8 // 10


def test_four_subagents_at_once_all_start(bench: Bench) -> None:
    calls = [
        Use(
            "Agent",
            {
                "description": f"look {n}",
                "prompt": f"[[script:look{n}]] look",
                "subagent_type": "general-purpose",
                "run_in_background": False,
            },
        )
        for n in range(4)
    ]
    looks = {f"look{n}": [Turn((Say("seen"),), delay_s=0.5)] for n in range(4)}
    ran = bench.go({"main": [together(*calls), *repair(bench.root)], **looks})
    assert ran.exit_code == 0, ran.stderr
    asked = {request.script for request in ran.requests}
    assert set(looks) <= asked
    assert {one.end for one in settled(ran)} == {AnswerEnd.WHOLE}


def test_runs_of_a_day_share_what_the_users_policy_gives_them(bench: Bench) -> None:
    policy = bench.tmp / "home/.config/remit/policy.toml"
    policy.parent.mkdir(parents=True, exist_ok=True)
    policy.write_text('schema = 1\n[limits]\nday = "0.12"\n')
    dear = Turn((Say("Both tests pass."),), wrote=4_500)
    first = bench.go({"main": [*repair(bench.root)[:-1], dear]})
    assert first.exit_code == 0, first.stderr
    again = bench.go({"main": repair(bench.root)})
    assert len(again.requests) == 0
    assert again.record.stopped is not None
    assert again.record.stopped.trigger == "budget"
    assert "$0.12 a day by this user are used up" in again.stderr


def slowly_repaired(root: Path) -> list[Turn]:
    """The second answer takes some seconds and half of ten cents, the last one more than half."""
    read, edit, check, _ = repair(root)
    slow = replace(edit, blocks=(Say("one file is left " * 600), *edit.blocks), pace_s=0.01)
    dear = Turn((Say("and so on " * 1_000),), pace_s=0.0, wrote=3_000)
    return [read, replace(slow, wrote=2_400), check, dear]


@pytest.mark.parametrize("extended", [True, False], ids=["extended", "twin: not extended"])
def test_a_person_gives_a_run_more_while_it_goes_on(bench: Bench, extended: bool) -> None:
    with ScriptedModel({"main": slowly_repaired(bench.root)}) as model:
        process = bench.start(model.url)
        bench.wait_for(lambda record: len(record.asked) == 2)
        if extended:
            given = bench.cli("extend", "last", "--spend", "0.10", *WORDS)
            assert given.returncode == 0, given.stderr
            assert "spend $0.10 more" in given.stdout
        out, err = process.communicate(timeout=60)
        ran = bench.outcome(process.returncode, out, err, model.requests)
    assert (AnswerEnd.CUT in [one.end for one in settled(ran)]) is not extended
    shown = json.loads(bench.cli("budget", "last", "--json").stdout)
    spend = next(line for line in shown["limits"] if line["limit"] == "spend")
    assert spend["cap"] == CAP * (2 if extended else 1)
    assert spend["used"] == sum(one.micro_usd for one in settled(ran))
    views = [Path(ran.result["packet"][view]).read_text() for view in ("markdown", "html")]  # type: ignore[index]
    views.append(bench.cli("show", "last").stdout)
    assert [(WORDS[-1] in " ".join(view.split())) for view in views] == [extended] * 3
    late = bench.cli("extend", "last", "--spend", "1", *WORDS)
    assert (late.returncode, "is over" in late.stderr) == (2, True)


WORDS = ("--reason", "one file is left", "--evidence", "the parser tests pass")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--spend", "1.00"), "more than the policy permits"),
        (("--tokens", "5000"), "sets no limit for tokens"),
        (("--spend", "0"), "nothing more"),
        (("--spend", "-1"), "must be zero or more"),
        (("--calls", "many"), "no whole number"),
        ((), "nothing is named"),
    ],
)
def test_more_than_a_person_may_give_is_refused(
    bench: Bench, words: tuple[str, ...], told: str
) -> None:
    policy = bench.tmp / "home/.config/remit/policy.toml"
    policy.parent.mkdir(parents=True, exist_ok=True)
    policy.write_text('schema = 1\n[limits]\nspend = "0.50"\n')
    with ScriptedModel({"main": slowly_repaired(bench.root)}) as model:
        process = bench.start(model.url)
        bench.wait_for(lambda record: len(record.asked) == 2)
        refused = bench.cli("extend", "last", *words, *WORDS)
        process.terminate()
        process.communicate(timeout=60)
    assert refused.returncode != 0
    assert told in refused.stderr
    assert bench.record().extended == []


def test_the_cost_of_a_run_tells_its_subagents_apart(bench: Bench) -> None:
    look = {"description": "look", "prompt": "[[script:look]] look"}
    agent = Use("Agent", {**look, "subagent_type": "general-purpose", "run_in_background": False})
    scripts = {"main": [together(agent), *repair(bench.root)], "look": [say("seen")]}
    ran = bench.go(scripts)
    assert ran.exit_code == 0, ran.stderr
    cost = json.loads(bench.cli("cost", "last", "--json").stdout)
    parts = {part["part"]: part for part in cost["tokens"]["parts"]}
    assert len(parts["subagents"]["asks"]) == 1
    assert cost["tokens"]["total"] == sum(one.tokens for one in settled(ran))
    assert cost["tokens"]["total"] == ran.packet["cost"]["tokens"]  # type: ignore[index]
    beside = cost["tokens"]["reconciled"]
    assert beside["differing"] == []
    answers = {one["source"]: one["answers"] for one in beside["sources"]}
    number = len(settled(ran))
    assert answers == {"meter": number, "transcript": number, "telemetry": number}


def test_a_person_is_told_once_when_the_budget_is_nearly_used_up(bench: Bench) -> None:
    read, edit, check, end = repair(bench.root)
    ran = bench.go({"main": [read, replace(edit, wrote=4_200), check, end]})
    assert ran.exit_code == 0, ran.stderr
    assert ran.stderr.count("of $0.10; for more: remit extend") == 1


def test_a_call_that_is_cut_in_its_middle_does_nothing(bench: Bench) -> None:
    place = bench.root / "stocklist/long.py"
    words = {"file_path": str(place), "content": "and so it goes on and on " * 2_000}
    ran = bench.go({"main": [Turn((Use("Write", words),), pace_s=0.0, wrote=12_000)]})
    assert settled(ran)[-1].end is AnswerEnd.CUT
    assert not place.exists()
    assert ran.record.stopped is not None
    assert ran.record.stopped.trigger == "budget"
    assert ran.record.forged == []


def test_a_supervisor_killed_in_an_answer_leaves_what_was_held_as_spent(bench: Bench) -> None:
    with ScriptedModel({"main": slowly_repaired(bench.root)}) as model:
        process = bench.start(model.url)
        bench.wait_for(lambda record: len(record.asked) == 2)
        process.kill()
        process.communicate(timeout=60)
    assert bench.cli("runs").returncode == 0
    record = bench.wait_for(lambda record: record.closed is not None)
    assert set(record.settled) == set(record.asked)
    last = record.settled["m2"]
    assert (last.end, last.counted) == (AnswerEnd.ABANDONED, Counted.RESERVE)
    assert last.micro_usd > 0
    cost = json.loads(bench.cli("cost", "last", "--json").stdout)
    assert "m2" in next(p for p in cost["tokens"]["parts"] if p["part"] == "no-learning")["asks"]


def test_calls_that_the_client_refuses_by_itself_are_no_unguarded_ones(bench: Bench) -> None:
    missing = str(bench.root / "missing.py")
    refused = [
        use("Nonexistent", a=1),
        use("Read", nope=1),
        use("Skill", skill="nothing"),
        use("ToolSearch", query="select:Read", max_results=3),
        together(Use("Read", {"nope": 1}), Use("Read", {"file_path": missing})),
    ]
    ran = bench.go({"main": [*refused, *repair(bench.root)]})
    assert ran.exit_code == 0, ran.stderr
    assert ran.record.stopped is None
    assert ran.record.forged == []
