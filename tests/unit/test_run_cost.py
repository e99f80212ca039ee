"""What a run cost is split by what its answers led to, and says where each number is from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from remit.adapters.render.cost import cost_json, cost_lines
from remit.model import events as e
from remit.model.claimed_events import (
    BudgetClaimed,
    BudgetReconciled,
    Difference,
    Source,
    SourceTotal,
    Unit,
)
from remit.model.decision import Outcome, Reason
from remit.model.digest import digest_of
from remit.model.meter_events import AnswerEnd, BudgetSettled, Counted, ModelAsked
from remit.model.record import Recorded, gather
from remit.model.run_cost import Part, RunCost
from remit.services.costs import cost_of
from remit.testing.builders import RUN, START_US

NONE = digest_of(b"")


def asked(number: int, actor: str = "") -> ModelAsked:
    return ModelAsked(f"m{number}", "anthropic-messages", "opus", actor, 100, NONE, NONE)


def answered(number: int, *calls: str, read: int = 100, **changed: object) -> BudgetSettled:
    one = BudgetSettled(
        ask=f"m{number}",
        end=AnswerEnd.WHOLE,
        counted=Counted.PROVIDER,
        message=f"msg_{number}",
        request="",
        model="opus",
        input=read,
        output=10,
        cache_write_5m=0,
        cache_write_1h=0,
        cache_read=0,
        searches=0,
        micro_usd=1000,
        tokens=read + 10,
        priced_by="list opus",
        price_known=True,
        calls=calls,
        status=200,
        first_us=1,
        took_us=2,
    )
    return replace(one, **changed)  # type: ignore[arg-type]  # names are checked by the dataclass


def called(name: str, command: str, result: str, held: bool = False) -> list[e.Event]:
    words = {"command": command}
    outcome = Outcome.DENY if held else Outcome.ALLOW
    reason = Reason("command.never", outcome, command, "refused")
    done: list[e.Event] = [
        e.ToolRequested(name, "Bash", "agent", "/r", words, digest_of(command.encode()), ()),
        e.DecisionMade(name, outcome, (reason,)),
    ]
    if not held:
        done.append(e.ToolFinished(name, "Bash", True, 1, digest_of(result.encode()), ""))
    return done


def cost(*happened: e.Event) -> RunCost:
    times = (Recorded(n + 1, START_US + n * 1000, one) for n, one in enumerate(happened))
    return cost_of(gather(RUN, times))


def asks(found: RunCost, part: Part) -> tuple[str, ...]:
    (one,) = [one for one in found.parts if one.part is part]
    return one.asks


def test_a_call_that_brings_the_same_again_taught_nothing() -> None:
    found = cost(
        *(asked(1), answered(1, "a"), *called("a", "pytest -q", "1 failed")),
        *(asked(2), answered(2, "b"), *called("b", "pytest -q", "1 failed")),
        *(asked(3), answered(3, "c"), *called("c", "pytest -q", "2 passed")),
        *(asked(4), answered(4)),
    )
    assert asks(found, Part.NO_LEARNING) == ("m2",)
    assert asks(found, Part.PRODUCTIVE) == ("m1", "m3", "m4")


def test_an_answer_whose_calls_were_all_held_taught_nothing() -> None:
    found = cost(
        *(asked(1), answered(1, "a"), *called("a", "curl x", "", held=True)),
        *(asked(2), answered(2, "b", "c")),
        *(*called("b", "curl y", "", held=True), *called("c", "ls", "a.py")),
    )
    assert asks(found, Part.NO_LEARNING) == ("m1",)
    assert found.trust.held == ("a", "b")


@pytest.mark.parametrize("end", [AnswerEnd.CUT, AnswerEnd.BROKEN_OFF, AnswerEnd.ABANDONED])
def test_an_answer_that_was_lost_taught_nothing_and_is_an_estimate(end: AnswerEnd) -> None:
    found = cost(asked(1), answered(1, end=end, counted=Counted.ESTIMATE))
    (one,) = [one for one in found.parts if one.part is Part.NO_LEARNING]
    assert (one.asks, one.estimated) == (("m1",), 1)


def test_what_subagents_ask_is_theirs_alone() -> None:
    found = cost(asked(1), answered(1), asked(2, "agent-7"), answered(2))
    assert asks(found, Part.SUBAGENTS) == ("m2",)
    assert sum(part.micro_usd for part in found.parts) == 2000


def test_tool_output_is_what_a_prompt_grew_by_after_calls() -> None:
    found = cost(
        *(asked(1), answered(1, "a", read=100), *called("a", "ls", "much")),
        *(asked(2), answered(2, "b", read=400), *called("b", "ls -l", "more")),
        *(asked(3, "agent-7"), answered(3, read=900)),
        *(asked(4), answered(4, read=400)),
    )
    assert (found.tool_output.asks, found.tool_output.tokens) == (("m2",), 290)


def test_an_unmetered_run_costs_what_nobody_knows() -> None:
    found = cost(*called("a", "ls", "x"))
    assert any("not known" in line for line in cost_lines(found))
    tokens = cost_json(found)["tokens"]
    assert isinstance(tokens, dict)
    assert (tokens["total"], tokens["micro_usd"]) == (None, None)


def test_a_price_that_is_not_known_is_said() -> None:
    found = cost(asked(1), answered(1, price_known=False))
    assert any("stand-in" in line for line in cost_lines(found))


def compared(*differing: Difference) -> BudgetReconciled:
    totals = (
        SourceTotal(Source.METER, 1, 110, 1_000, 0),
        SourceTotal(Source.TRANSCRIPT, 1, 110, None, 0),
        SourceTotal(Source.RESULT, None, 110, 1_000, 0),
    )
    return BudgetReconciled(totals, differing, 0)


def test_sources_that_agree_are_told_once_each() -> None:
    text = "\n".join(cost_lines(cost(asked(1), answered(1), compared())))
    assert "3 sources agree:" in text
    assert "meter           1 answer, 110 tokens, $0.0010" in text
    assert "printed result  110 tokens, $0.0010" in text


def test_sources_that_differ_are_told_pair_by_pair_with_both_numbers() -> None:
    hostile = "msg\x1b]0;mine\x07"
    told = Difference(hostile, Unit.TOKENS, Source.METER, None, Source.TRANSCRIPT, 55)
    price = Difference("", Unit.MICRO_USD, Source.METER, 1_000, Source.RESULT, 9_000)
    text = "\n".join(cost_lines(cost(asked(1), answered(1), compared(told, price))))
    assert "3 sources do not agree:" in text
    assert "meter nothing, session records 55" in text
    assert "all answers: meter $0.0010, printed result $0.0090" in text
    assert "\x1b" not in text


def test_a_run_without_a_meter_shows_each_count_and_how_late_it_is() -> None:
    found = cost(BudgetClaimed(800, 120, 1_600, 240, unpriced=True))
    text = "\n".join(cost_lines(found))
    assert "tokens        240, $0.0016 (advisory)" in text
    assert "session records 120, telemetry 240 tokens: the larger counts" in text
    assert "behind by up to 3 s; overshoot of one or more answers possible" in text
    tokens = cost_json(found)["tokens"]
    assert isinstance(tokens, dict)
    assert tokens["total"] is None
    claimed = tokens["claimed"]
    assert isinstance(claimed, dict)
    assert (claimed["tokens"], claimed["micro_usd"]) == (240, 1_600)


def test_a_run_that_nothing_counted_says_so() -> None:
    assert "tokens        not known: nothing metered this run" in tuple(cost_lines(cost()))
