"""The client's own records beside the meter: the same, or the difference, never a mean."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from remit.codec.events import decode
from remit.model.claimed_events import (
    BudgetReconciled,
    ClaimedAnswer,
    Difference,
    ResultClaimed,
    Source,
    Unit,
)
from remit.model.digest import GENESIS
from remit.model.meter_events import AnswerEnd, BudgetSettled, Counted, ModelAsked
from remit.model.record import RunRecord
from remit.services.client_records import ClientRecords
from remit.services.reconcile import reconcile

SESSION = "11111111-2222-3333-4444-555555555555"


def answer(number: int, tokens: int, counted: Counted = Counted.PROVIDER) -> BudgetSettled:
    return BudgetSettled(
        ask=f"m{number}",
        end=AnswerEnd.WHOLE,
        counted=counted,
        message=f"msg_{number}",
        request="req",
        model="opus",
        input=tokens - 5,
        output=5,
        cache_write_5m=0,
        cache_write_1h=0,
        cache_read=0,
        searches=0,
        micro_usd=1,
        tokens=tokens,
        priced_by="",
        price_known=True,
        calls=(),
        status=200,
        first_us=0,
        took_us=0,
    )


def line(number: int, tokens: int) -> str:
    usage = {"input_tokens": tokens - 5, "output_tokens": 5}
    message = {"id": f"msg_{number}", "model": "opus", "usage": usage, "content": []}
    return json.dumps({"type": "assistant", "requestId": "req", "message": message})


def write(folder: Path, lines: Iterable[str], name: str = f"{SESSION}.jsonl") -> None:
    path = folder / "-work" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{one}\n" for one in lines))


def run(*answers: BudgetSettled) -> RunRecord:
    """A record of metered answers."""
    asked = {x.ask: ModelAsked(x.ask, "", "opus", "", 1, GENESIS, GENESIS) for x in answers}
    return RunRecord("run", asked=asked, settled={one.ask: one for one in answers})


def compared(record: RunRecord, folder: Path) -> BudgetReconciled | None:
    records = ClientRecords(str(folder), SESSION)
    records.look()
    return reconcile(record, records)


def told(found: BudgetReconciled | None) -> dict[Source, tuple[int | None, int]]:
    """Answers and tokens by source."""
    assert found is not None
    return {one.source: (one.answers, one.tokens) for one in found.sources}


def tokens(of: str, metered: int | None, recorded: int | None) -> Difference:
    return Difference(of, Unit.TOKENS, Source.METER, metered, Source.TRANSCRIPT, recorded)


def test_records_that_agree_with_subagents_and_repeated_lines(tmp_path: Path) -> None:
    write(tmp_path, [line(1, 100), line(1, 100), line(2, 50)])
    write(tmp_path, [line(3, 70)], f"{SESSION}/subagents/agent-a.jsonl")
    write(tmp_path, [line(9, 900)], "another-session.jsonl")
    found = compared(run(answer(1, 100), answer(2, 50), answer(3, 70)), tmp_path)
    assert found is not None
    assert found.differing == ()
    assert told(found) == {Source.METER: (3, 220), Source.TRANSCRIPT: (3, 220)}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line(1, 100)], tokens("msg_2", 50, None)),
        ([line(1, 100), line(2, 50), line(3, 9)], tokens("msg_3", None, 9)),
        ([line(1, 100), line(2, 49)], tokens("msg_2", 50, 49)),
    ],
    ids=["not recorded", "not metered", "counted otherwise"],
)
def test_a_difference_is_told_with_both_numbers(
    tmp_path: Path, lines: list[str], expected: Difference
) -> None:
    write(tmp_path, lines)
    found = compared(run(answer(1, 100), answer(2, 50)), tmp_path)
    assert found is not None
    assert found.differing == (expected,)


def test_what_cost_nothing_is_in_neither(tmp_path: Path) -> None:
    write(tmp_path, [line(1, 100)])
    refused = answer(2, 50, Counted.NOTHING)
    found = compared(run(answer(1, 100), refused), tmp_path)
    assert found is not None
    assert (told(found)[Source.METER], found.differing) == ((1, 100), ())


def test_a_pipe_and_a_link_in_the_place_of_a_record_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, [line(1, 100)])
    os.mkfifo(tmp_path / "-work" / SESSION)
    (tmp_path / "-other").mkdir()
    os.mkfifo(tmp_path / "-other" / f"{SESSION}.jsonl")
    (tmp_path / "-third").mkdir()
    (tmp_path / "-third" / f"{SESSION}.jsonl").symlink_to("/dev/zero")
    found = compared(run(answer(1, 100)), tmp_path)
    assert found is not None
    assert found.differing == ()


def test_links_that_lead_through_all_of_the_machine_are_not_followed(tmp_path: Path) -> None:
    """Each of these has a record at its end, which is only found by following it."""
    elsewhere = tmp_path / "elsewhere"
    write(elsewhere, [line(7, 9)], f"{SESSION}/subagents/agent-a.jsonl")
    folder = tmp_path / "projects"
    write(folder, [line(1, 100)])
    (folder / "-linked").symlink_to(elsewhere / "-work")
    (folder / "-session").mkdir()
    (folder / "-session" / SESSION).symlink_to(elsewhere / "-work" / SESSION)
    (folder / "-below" / SESSION).mkdir(parents=True)
    below = folder / "-below" / SESSION / "subagents"
    below.symlink_to(elsewhere / "-work" / SESSION / "subagents")
    found = compared(run(answer(1, 100)), folder)
    assert found is not None
    assert found.differing == ()


def test_records_that_are_no_records_are_counted(tmp_path: Path) -> None:
    write(tmp_path, ['{"type": "assistant", "message": {"usage": {"input_tokens": -1}}}'])
    found = compared(run(answer(1, 100)), tmp_path)
    assert found is not None
    assert found.sources[1].unreadable == 1


def test_without_records_nothing_is_said(tmp_path: Path) -> None:
    assert compared(run(answer(1, 100)), tmp_path) is None


def sent(number: int, tokens: int, micro_usd: int) -> ClaimedAnswer:
    name = f"req_{number}"
    return ClaimedAnswer(name, name, "opus", tokens, 0, 0, 0, 0, micro_usd)


def priced(number: int, tokens: int, micro_usd: int) -> BudgetSettled:
    return replace(answer(number, tokens), request=f"req_{number}", micro_usd=micro_usd)


def everything(*claims: ClaimedAnswer, result: ResultClaimed | None = None) -> RunRecord:
    """Two metered answers of 150 tokens and 30 micro-dollars together, and what a client tells."""
    record = run(priced(1, 100, 20), priced(2, 50, 10))
    record.claimed = {one.key: one for one in claims}
    record.result = result
    return record


HONEST = (sent(1, 100, 20), sent(2, 50, 10))


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (everything(*HONEST, result=ResultClaimed(150, 30)), set()),
        (everything(sent(1, 100, 19), sent(2, 50, 9), result=ResultClaimed(150, 29)), set()),
        (everything(*HONEST[:1]), {("meter", "telemetry", "req_2", 50, None)}),
        (everything(*HONEST, sent(3, 9, 0)), {("meter", "telemetry", "req_3", None, 9)}),
        (everything(HONEST[0], sent(2, 49, 10)), {("meter", "telemetry", "req_2", 50, 49)}),
        (everything(HONEST[0], sent(2, 50, 99)), {("meter", "telemetry", "", 30, 119)}),
        (everything(result=ResultClaimed(150, 900)), {("meter", "result", "", 30, 900)}),
        (
            everything(*HONEST, result=ResultClaimed(149, 30)),
            {("meter", "result", "", 150, 149), ("telemetry", "result", "", 150, 149)},
        ),
    ],
    ids=[
        *("twin: all agree", "twin: rounded", "not sent", "sent alone", "sent otherwise"),
        *("sent at another price", "printed at another price", "printed otherwise"),
    ],
)
def test_each_pair_is_told_for_itself(
    tmp_path: Path, record: RunRecord, expected: set[tuple[object, ...]]
) -> None:
    found = compared(record, tmp_path)
    assert found is not None
    differing = found.differing if not expected else found.differing[: len(expected)]
    shown = {(one.one, one.other, one.of, one.one_says, one.other_says) for one in differing}
    assert shown == expected
    assert told(found)[Source.METER] == (2, 150)


def test_a_flooded_pair_hides_no_other(tmp_path: Path) -> None:
    flood = (sent(n, 7, 0) for n in range(10, 90))
    found = compared(everything(*HONEST, *flood, result=ResultClaimed(150, 40)), tmp_path)
    assert found is not None
    pairs = Counter((one.one, one.other) for one in found.differing)
    assert pairs[Source.METER, Source.TELEMETRY] == 50
    assert pairs[Source.METER, Source.RESULT] == 1
    assert found.left_out == 30


def test_what_was_recorded_of_two_sources_is_read_as_it_was() -> None:
    body = {"metered": 2, "metered_tokens": 150, "told": 1, "told_tokens": 100, "left_out": 3}
    differing = [{"message": "msg_2", "metered": 50, "told": None}]
    old = json.dumps({**body, "differing": differing, "unreadable": 4}).encode()
    found = decode("budget.reconciled", 1, old)
    assert isinstance(found, BudgetReconciled)
    assert told(found) == {Source.METER: (2, 150), Source.TRANSCRIPT: (1, 100)}
    assert found.differing == (tokens("msg_2", 50, None),)
    assert (found.left_out, found.sources[1].unreadable) == (3, 4)
    with pytest.raises(ValueError, match="differing"):
        decode("budget.reconciled", 1, old.replace(b"[{", b'["odd", {'))
