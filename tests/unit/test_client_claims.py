"""What a client tells of its spending over OTLP, and what counts where no meter does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path

import pytest

from remit.adapters.render.budget import budget_lines
from remit.codec.telemetry import read_telemetry
from remit.errors import LedgerUnavailable
from remit.model import events as e
from remit.model.allowance import USER, Allowance, Period
from remit.model.claimed_events import BudgetClaimed, ClaimedAnswer
from remit.model.contract import Budget, RiskClass
from remit.model.digest import GENESIS
from remit.model.ids import RunId
from remit.model.record import RunRecord, gather
from remit.services import claims as claims_module
from remit.services.budgets import TELEMETRY, budget_of
from remit.services.claims import Claims
from remit.services.client_records import ClientRecords
from remit.services.purse import Purse
from remit.services.recorder import Recorder
from remit.services.scan.prices import Pricing, load_prices
from remit.services.tally import Tally
from remit.storage.ledger import Holder
from remit.storage.memory import MemoryLedger
from remit.storage.shared_spending import SharedSpending
from remit.testing.builders import RUN, START_US, contract

OPUS = "claude-opus-5-5"
Told = Mapping[str, object]


def record(name: str = "claude_code.api_request", **told: object) -> dict[str, object]:
    kinds = {str: "stringValue", int: "intValue", float: "doubleValue"}
    attributes = [
        {"key": key.replace("__", "."), "value": {kinds[type(value)]: value}}
        for key, value in told.items()
        if not key.endswith("tokens")
    ]
    attributes += [
        {"key": key, "value": {"intValue": value}}
        for key, value in told.items()
        if key.endswith("tokens")
    ]
    return {"timeUnixNano": "17", "body": {"stringValue": name}, "attributes": attributes}


def export(*records: object) -> bytes:
    scope = {"scope": {"name": "events"}, "logRecords": records}
    return json.dumps({"resourceLogs": [{"resource": {}, "scopeLogs": [scope]}]}).encode()


def answer(request: str = "req_1", wrote: int = 20, read: int = 100) -> dict[str, object]:
    tokens = {"input_tokens": read, "output_tokens": wrote}
    return record(request_id=request, model=OPUS, **tokens, cost_usd_micros=read * 4 + wrote * 20)


def test_an_answer_is_read_with_its_kinds_of_tokens_apart() -> None:
    told = record(
        request_id="req_1",
        model=OPUS,
        input_tokens=100,
        output_tokens="20",
        cache_read_tokens=5_000,
        cache_creation_tokens=200,
        cache_creation_1h_tokens=50,
        cost_usd=0.0070004,
        event__sequence=3,
    )
    sent = read_telemetry(export(record("claude_code.user_prompt", prompt="secret"), told))
    expected = ClaimedAnswer("req_1", "req_1", OPUS, 100, 20, 150, 50, 5_000, 7_000)
    assert sent == ((expected,), 0)


def test_an_answer_without_a_request_id_is_named_by_its_time_and_number() -> None:
    sent = read_telemetry(export(record(input_tokens=1, event__sequence=3)))
    assert [(one.key, one.request) for one in sent.answers] == [("17/3", "")]


@pytest.mark.parametrize(
    "told",
    [
        {"input_tokens": -1},
        {"input_tokens": 10**9},
        {"output_tokens": "1" * 100_000},
        {"output_tokens": "²"},
        {"cost_usd_micros": -7},
        {"cost_usd": 1e300},
    ],
)
def test_numbers_that_make_no_sense_are_counted_as_unreadable(told: Told) -> None:
    sent = read_telemetry(export(record(**told), answer()))
    assert (len(sent.answers), sent.unreadable) == (1, 1)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"\xff", b"[" * 100_000, b'{"resourceLogs": 5}', b"\x0a\x05proto"]
)
def test_what_is_no_export_is_told_so(body: bytes) -> None:
    with pytest.raises(ValueError, match="OTLP"):
        read_telemetry(body)


class Watched:
    """A run without a meter, and why it was ended."""

    def __init__(self, tmp: Path, budget: Budget, *allowances: Allowance) -> None:
        self.ledger = MemoryLedger()
        lease = self.ledger.acquire(RunId(RUN), Holder("test", 1, "boot"), START_US)
        self.recorder = Recorder(self.ledger, lease, lambda: START_US)
        frozen = e.ContractFrozen(contract(budget=budget), GENESIS, RiskClass.LOW, "Ada")
        self.recorder.record(frozen)
        self.claims = Claims(self.recorder, self, {})
        self.records = ClientRecords(str(tmp), "session")
        self.shared = SharedSpending(tmp)
        purse = Purse(self.shared, RunId(RUN), allowances, lambda: START_US)
        prices = Pricing(load_prices({"HOME": str(tmp)}, None))
        self.tally = Tally(self.recorder, self, prices, purse, lambda: START_US)
        self.tally.on_over = self.over
        self.ended: list[str] = []
        self.warned: list[Mapping[str, int]] = []

    def hear(self, *records: object) -> None:
        self.claims.hear(export(*records))
        self.count()

    def count(self) -> None:
        self.records.look()
        self.tally.count(self.claims, self.records)

    def over(self, why: str) -> None:
        self.ended.append(why)

    def warn(self, counted: Mapping[str, int]) -> None:
        self.warned.append(counted)

    def commit(self) -> None:
        self.recorder.flush()

    def unrecorded(self, failure: LedgerUnavailable) -> None:
        raise failure

    @property
    def record(self) -> RunRecord:
        return gather(RUN, self.ledger.recorded(RunId(RUN)))

    @property
    def counted(self) -> BudgetClaimed:
        assert self.record.counted is not None
        return self.record.counted


def written(tmp: Path, message: str, request: str, wrote: int) -> None:
    usage = {"input_tokens": 100, "output_tokens": wrote}
    body = {"id": message, "model": OPUS, "usage": usage, "content": []}
    folder = tmp / "-work"
    folder.mkdir(exist_ok=True)
    with (folder / "session.jsonl").open("a") as file:
        file.write(json.dumps({"type": "assistant", "requestId": request, "message": body}) + "\n")


def test_an_answer_counts_once_however_often_it_is_told(tmp_path: Path) -> None:
    run = Watched(tmp_path, Budget())
    run.hear(answer(), answer())
    run.hear(answer(wrote=25))
    run.hear(answer(wrote=5))
    written(tmp_path, "msg_1", "req_1", 3)
    written(tmp_path, "msg_1", "req_1", 25)
    run.count()
    run.count()
    assert run.counted == BudgetClaimed(900, 125, 900, 125, unpriced=False)
    assert (
        len([x for x in run.ledger.recorded(RunId(RUN)) if x.event.kind == "budget.claimed"]) == 3
    )


def test_sources_are_not_added_up_and_what_one_leaves_out_makes_it_no_less(tmp_path: Path) -> None:
    run = Watched(tmp_path, Budget(tokens=300))
    run.hear(answer("req_1"), answer("req_2"))
    written(tmp_path, "msg_1", "req_1", 20)
    run.count()
    assert (run.counted.transcript_tokens, run.counted.telemetry_tokens) == (120, 240)
    assert run.recorder.state.claimed == (1_600, 240)
    assert run.ended == []


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        (Budget(spend_micro_usd=1_000), "$0.001000, is used up: $0.0024 is spent"),
        (Budget(tokens=130), "130 tokens, is used up"),
    ],
)
def test_a_run_past_its_cap_is_ended_with_the_reason(
    tmp_path: Path, budget: Budget, words: str
) -> None:
    run = Watched(tmp_path, budget)
    run.hear(answer())
    assert run.ended == []
    written(tmp_path, "msg_1", "req_1", 20)
    written(tmp_path, "msg_2", "req_2", 60)
    run.count()
    assert len(run.ended) == 1
    assert words in run.ended[0]
    assert "up to 3 s late" in run.ended[0]


def test_records_that_are_taken_away_take_nothing_back(tmp_path: Path) -> None:
    run = Watched(tmp_path, Budget(tokens=130))
    written(tmp_path, "msg_1", "req_1", 20)
    run.count()
    (tmp_path / "-work" / "session.jsonl").unlink()
    written(tmp_path, "msg_2", "req_2", 20)
    run.count()
    later = Tally(
        *(run.recorder, run, Pricing(load_prices({"HOME": str(tmp_path)}, None))),
        *(Purse(run.shared, RunId(RUN), (), lambda: START_US), lambda: START_US, run.counted),
    )
    later.count(run.claims, ClientRecords(str(tmp_path / "nowhere"), "session"))
    assert run.counted.transcript_tokens >= 120


def test_what_runs_share_is_used_up_by_a_run_without_a_meter(tmp_path: Path) -> None:
    day = Allowance(USER, Period.DAY, 1_000, "UTC")
    run = Watched(tmp_path, Budget(), day)
    run.hear(answer())
    assert run.ended == []
    run.hear(answer("req_2"))
    assert "a day by this user are used up" in run.ended[0]
    period = Period.DAY.of(START_US, UTC)
    assert run.shared.taken(USER, period) == 1_600


def test_more_answers_than_can_be_kept_end_a_run_that_nothing_else_counts(tmp_path: Path) -> None:
    run = Watched(tmp_path, Budget())
    most = claims_module.MOST_ANSWERS
    run.hear(*(answer(f"req_{n}") for n in range(most + 5)))
    assert "more answers than can be counted" in run.ended[0]
    assert (len(run.record.claimed), run.record.claimed_unreadable) == (most, 5)


def test_ids_of_any_length_and_kind_fit_into_entries(tmp_path: Path) -> None:
    run = Watched(tmp_path, Budget())
    run.hear(*(answer("\U0001f600" * 150 + f"{n}" * 5_000) for n in range(3)))
    wide = ["\U0001f600" * 95 + f"{n:04}" for n in range(250)]
    run.hear(*(record(request_id=name, model=name, input_tokens=1) for name in wide))
    assert len(run.record.claimed) == 251
    assert max(len(key) for key in run.record.claimed) == 100


def test_rubbish_is_noted_and_does_not_fill_the_ledger(tmp_path: Path) -> None:
    run = Watched(tmp_path, Budget())
    for _ in range(claims_module.MOST_UNREADABLE + 50):
        with pytest.raises(ValueError, match="OTLP"):
            run.claims.hear(b"rubbish")
    assert run.record.claimed_unreadable == claims_module.MOST_UNREADABLE
    assert len(tuple(run.ledger.recorded(RunId(RUN)))) == claims_module.MOST_UNREADABLE + 1


def test_the_budget_says_who_counted_and_how_late(tmp_path: Path) -> None:
    run = Watched(tmp_path, Budget(spend_micro_usd=10_000))
    run.hear(answer())
    found = budget_of(run.ledger, RunId(RUN), START_US)
    by = {line.limit.name: (line.used, line.counted_by) for line in found.lines}
    assert by["spend"] == (800, TELEMETRY)
    assert by["tokens"] == (120, TELEMETRY)
    text = "\n".join(line for line, _ in budget_lines(found, 80, plain=True))
    assert "behind by up to 3 s; overshoot of one or more answers possible" in text
