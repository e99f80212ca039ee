"""Under any interleaving of requests, answers and crashes, what is spent and held stays within the
cap, as long as the provider counts no more than was seen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from remit.codec.traffic.anthropic import Anthropic
from remit.errors import LedgerUnavailable
from remit.model import events as e
from remit.model.account import NOTHING, Amount
from remit.model.allowance import USER, Allowance, Period
from remit.model.contract import Budget, RiskClass
from remit.model.digest import GENESIS
from remit.model.ids import RunId
from remit.model.meter_events import BudgetSettled
from remit.model.run import replay
from remit.services.answering import Answering
from remit.services.meter import Meter
from remit.services.purse import Purse
from remit.services.recorder import Recorder
from remit.services.scan.prices import Pricing, load_prices
from remit.services.unsettled import unsettled
from remit.storage.ledger import Holder
from remit.storage.memory import MemoryLedger
from remit.storage.shared_spending import SharedSpending
from remit.testing.builders import RUN, START_US, contract

PRICES = Pricing(load_prices({"HOME": "/nonexistent"}, None))
TODAY = Period.DAY.of(START_US, UTC)
MODELS = ("claude-opus-5-5", "claude-haiku-5-5", "nobody-knows-this-one")


def event(kind: str, **fields: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


@dataclass
class Stopped:
    """Stands for the authority: keeps why the run was stopped."""

    recorder: Recorder
    why: list[str] = field(default_factory=list)

    def stop(self, trigger: e.StopTrigger, message: str, paths: tuple[str, ...]) -> None:
        self.why.append(message)

    def warn(self, counted: Mapping[str, int]) -> None:
        """Nothing is asked of warnings here."""

    def unguarded(self, call: str) -> None:
        self.why.append(call)

    def commit(self) -> None:
        self.recorder.flush()

    def unrecorded(self, failure: LedgerUnavailable) -> None:
        self.why.append(failure.message)


class World:
    """One run, its meter, and the answers under way."""

    def __init__(self, budget: Budget, place: Path, day: int) -> None:
        self.shared = SharedSpending(place)
        self.allowances = (Allowance(USER, Period.DAY, day, "UTC"),)
        self.ledger = MemoryLedger()
        self.lease = self.ledger.acquire(RunId(RUN), Holder("test", 1, 1), START_US)
        self.recorder = Recorder(self.ledger, self.lease, lambda: START_US)
        of = contract(budget=budget)
        self.recorder.record(e.ContractFrozen(of, GENESIS, RiskClass.LOW, "Ada"))
        self.open: list[Answering] = []
        self._watch()

    def _watch(self) -> None:
        stopped = Stopped(self.recorder)
        purse = Purse(self.shared, RunId(RUN), self.allowances, lambda: START_US)
        self.meter = Meter(self.recorder, stopped, PRICES, purse, lambda: START_US)

    def ask(self, model: str, size: int, streams: bool, most: int) -> None:
        text = "x" * size
        body = {"model": model, "stream": streams, "max_tokens": most, "system": text}
        asked = Anthropic().asked("/v1/messages", json.dumps(body).encode())
        reply = self.meter.ask(Anthropic(), asked, "")
        if isinstance(reply, Answering):
            reply.begin(200, {})
            self.open.append(reply)

    def start(self, at: Answering, share: float) -> None:
        read = {"input_tokens": int(at.prompt * share), "output_tokens": 0}
        self._take(at, event("message_start", message={"id": "m", "usage": read}))

    def write(self, at: Answering, times: int) -> None:
        """As models write: no event has more than a step."""
        delta = {"type": "text_delta", "text": "word " * 250}
        for _ in range(times):
            self._take(at, event("content_block_delta", index=0, delta=delta))

    def finish(self, at: Answering, share: float) -> None:
        wrote = int(at.seen * share)
        self._take(at, event("message_delta", delta={}, usage={"output_tokens": wrote}))
        self._take(at, event("message_stop"))
        self.end(at)

    def end(self, at: Answering) -> None:
        self.open.remove(at)
        before = self.meter.account
        at.end()
        cost = self.meter.account.spent.micro_usd - before.spent.micro_usd
        assert cost <= before.held[at.ask].micro_usd

    def _take(self, at: Answering, piece: bytes) -> None:
        if not at.cut:
            at.take(piece)

    def crash(self) -> None:
        """Only what is durable is left; another supervisor goes on."""
        self.open.clear()
        self.recorder = Recorder(self.ledger, self.lease, lambda: START_US)
        self.recorder.state = replay(item.event for item in self.ledger.recorded(self.lease.run))
        self.recorder.record(*unsettled(self.recorder.state.account))
        self._watch()


shares = st.floats(0, 1)
acts = st.one_of(
    st.tuples(
        st.just("ask"),
        st.sampled_from(MODELS),
        st.integers(0, 60_000),
        st.booleans(),
        st.integers(1, 128_000),
    ),
    st.tuples(st.just("start"), st.integers(0, 9), shares),
    st.tuples(st.just("ask"), st.just(MODELS[0]), st.just(500), st.just(True), st.just(128_000)),
    st.tuples(st.just("write"), st.integers(0, 9), st.integers(1, 80)),
    st.tuples(st.just("finish"), st.integers(0, 9), shares),
    st.tuples(st.just("end"), st.integers(0, 9)),
    st.tuples(st.just("crash")),
)
budgets = st.builds(
    Budget,
    spend_micro_usd=st.none() | st.integers(0, 300_000),
    tokens=st.none() | st.integers(0, 100_000),
)


def play(world: World, act: tuple[object, ...]) -> None:
    name, *given_ = act
    if name in ("start", "write", "finish", "end"):
        if not world.open:
            return
        at = world.open[int(str(given_[0])) % len(world.open)]
        getattr(world, str(name))(at, *given_[1:])
    else:
        getattr(world, str(name))(*given_)


@settings(max_examples=150)
@given(budgets, st.integers(0, 400_000), st.lists(acts, min_size=8, max_size=40))
def test_spent_and_held_never_pass_the_cap(
    budget: Budget, day: int, script: list[tuple[object, ...]]
) -> None:
    with TemporaryDirectory() as place:
        follow(World(budget, Path(place), day), day, script)


def follow(world: World, day: int, script: list[tuple[object, ...]]) -> None:
    for act in script:
        play(world, act)
        account = world.meter.account
        assert account.spent.plus(account.reserved).fits(world.meter.cap), act
        assert world.shared.taken(USER, TODAY) <= day
    for at in tuple(world.open):
        world.end(at)
    world.recorder.flush()
    world.shared.close()
    recorded = [item.event for item in world.ledger.recorded(world.lease.run)]
    settled = [one for one in recorded if isinstance(one, BudgetSettled)]
    account = replay(recorded).account
    assert account.reserved == NOTHING
    assert sorted({one.ask for one in settled}) == sorted(one.ask for one in settled)
    assert account.spent == Amount(
        sum(one.micro_usd for one in settled), sum(one.tokens for one in settled)
    )
