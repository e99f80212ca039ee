"""Meters a run's model traffic: holds what a request may cost before it is sent, and settles.

What it reads only narrows: a request is refused, an answer ended, the run stopped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from typing import Protocol

from remit.codec.traffic.anthropic import Anthropic
from remit.codec.traffic.chat import Chat
from remit.codec.traffic.dialect import Dialect
from remit.codec.traffic.gemini import Gemini
from remit.codec.traffic.responses import Responses
from remit.errors import LedgerUnavailable
from remit.model.account import NOTHING, Account, Amount
from remit.model.endings import StopTrigger
from remit.model.limits import SPEND, TOKENS
from remit.model.meter_events import BudgetReserved, BudgetSettled, Counted, ModelAsked
from remit.model.quantity import round_money
from remit.model.traffic import Asked
from remit.model.usage import PriceRow
from remit.policy import spending
from remit.policy.prompt_size import PromptSizes
from remit.services.answering import Answering
from remit.services.purse import Purse
from remit.services.recorder import Recorder
from remit.services.scan.prices import Pricing

_FREE = re.compile(
    r"/api/(?:event_logging|claude_code|claude_cli|oauth|hello|eval|web|organizations)(?:/|$)|"
    r"/v1/(?:oauth|mcp_servers|session_ingress)(?:/|$)"
)
"""Below these a client asks for other things than answers. Gateways have answers below ``/api/``
too, so that only what is known there is free."""
_COUNTS = re.compile(
    r"/v1/messages/count_tokens$|/responses/input_tokens$|/models/[\w.@-]+:countTokens$"
)
"""What tells the size of a prompt, at the end of a path."""
DIALECTS: tuple[Dialect, ...] = (Anthropic(), Responses(), Chat(), Gemini())
_TOLD = 64
"""Pieces of an answer from which its length says how wordy the model is."""


@dataclass(frozen=True, slots=True)
class Denied:
    """A request that is not sent: the status and the body to answer with."""

    status: int
    body: bytes


class Later:
    """A request that has to wait: answers under way hold what it needs."""


class Overseer(Protocol):
    """Who ends the run when the meter finds that it has to."""

    def stop(self, trigger: StopTrigger, message: str, paths: tuple[str, ...]) -> None: ...

    def unguarded(self, call: str) -> None:
        """The client told its model what came of a call that no hook asked about."""

    def warn(self, counted: Mapping[str, int]) -> None:
        """Say once which limits are near their end: what was used of them, by their names."""

    def commit(self) -> None:
        """Make durable what was staged; raises LedgerUnavailable."""

    def unrecorded(self, failure: LedgerUnavailable) -> None:
        """The ledger takes no entry: the run stops."""


class Meter:
    """The meter of one run. Its account is in the run's state, folded from what it recorded.
    ``now_us`` is the wall clock: prices have days."""

    def __init__(
        self,
        recorder: Recorder,
        overseer: Overseer,
        pricing: Pricing,
        purse: Purse,
        now_us: Callable[[], int],
        dialects: Sequence[Dialect] = DIALECTS,
    ) -> None:
        self._recorder = recorder
        self._overseer = overseer
        self._pricing = pricing
        self._purse = purse
        self._now_us = now_us
        self._why = ""
        self._dialects = dialects
        self._sizes = PromptSizes()
        self._open: dict[str, Answering] = {}
        self._tokens_a_piece = 1.0
        self.on_settled: Callable[[], None] = lambda: None

    @property
    def account(self) -> Account:
        return self._recorder.state.account

    @property
    def cap(self) -> Amount:
        contract = self._recorder.state.contract
        assert contract is not None
        return spending.cap_of(contract.budget, self._recorder.state.extended)

    def dialect_of(self, path: str) -> Dialect | None:
        """How requests to ``path`` are read; None where they cost nothing.

        Raises ValueError where nobody can tell what they cost.
        """
        plain = path.partition("?")[0]
        for dialect in self._dialects:
            if dialect.reads(plain):
                return dialect
        if _FREE.match(plain) or _COUNTS.search(plain):
            return None
        raise ValueError(f"the meter of this run cannot tell what {plain} costs")

    def promised(self, call: str) -> bool:
        """Whether the model asked for this call."""
        under_way = any(call in one.calls for one in self._open.values())
        return under_way or call in self._recorder.state.promised

    def ask(self, dialect: Dialect, asked: Asked, actor: str) -> Answering | Denied | Later:
        """Hold what a request may cost. Its entry is durable when this returns; raises
        LedgerUnavailable."""
        answering = Answering(self, dialect, asked, f"m{self.account.asked + 1}")
        holds = self._first(answering)
        if holds is None:
            return Later() if self._open else self._deny(dialect)
        self._open[answering.ask] = answering
        self._recorder.stage(_asked(answering.ask, asked, actor))
        self._hold(holds)
        try:
            self._overseer.commit()
        except LedgerUnavailable as failure:
            del self._open[answering.ask]
            self._overseer.unrecorded(failure)
            raise
        return answering

    def confirm(self, asked: Asked) -> None:
        """Stop the run at a result of a call that no hook asked about: it ran unguarded."""
        seen = self._recorder.state.seen_calls
        for result in asked.results:
            if not result.failed and result.call not in seen and self.promised(result.call):
                self._overseer.unguarded(result.call)
                return

    def _first(self, answering: Answering) -> dict[str, Amount] | None:
        """By what the prompt may cost at most, or, where that is more than is left, by what it
        is likely to cost."""
        for size in (self._sizes.most, self._sizes.likely):
            answering.prompt = size(answering.asked)
            if (holds := self._reserve(answering)) is not None:
                return holds
        return None

    def _reserve(self, answering: Answering) -> dict[str, Amount] | None:
        floors = {ask: one.floor() for ask, one in self._open.items() if ask != answering.ask}
        floor = answering.floor()
        for wish in (answering.wish(spending.allowance(self.account.outputs)), floor):
            wanted = spending.Wanted(answering.ask, floor, wish)
            holds = spending.reserve(self.account, self.cap, wanted, floors)
            if holds is None:
                self._why = self._scarce()
                return None
            self._why = self._purse.hold(holds)
            if not self._why:
                return holds
        return None

    def _hold(self, holds: dict[str, Amount]) -> None:
        self._recorder.stage(*(BudgetReserved(ask, *held) for ask, held in holds.items()))

    def _deny(self, dialect: Dialect) -> Denied:
        self._stop()
        self._overseer.commit()
        return Denied(402, dialect.refusal(self.reason()))

    def _stop(self) -> None:
        self._overseer.stop(StopTrigger.BUDGET, self._why, ())

    # what an answer asks of its meter

    def price(self, model: str, processing: str = "", speed: str = "") -> tuple[PriceRow, bool]:
        """The row for ``model`` today, and whether its price is known."""
        today = datetime.fromtimestamp(self._now_us() / 1e6, UTC)
        return self._pricing.priced(model, today.date().isoformat(), processing, speed)

    def tokens(self, pieces: int) -> int:
        """An estimate of so many pieces, by the answers of this run that were counted."""
        return -int(-pieces * self._tokens_a_piece // 1)

    def held(self, ask: str) -> Amount:
        return self.account.held.get(ask, NOTHING)

    def extend(self, answering: Answering) -> bool:
        try:
            holds = self._reserve(answering)
        except LedgerUnavailable as failure:
            holds, self._why = None, failure.message
        if holds is None:
            self._stop()
            return False
        self._hold(holds)
        self._warn()
        return True

    def reason(self) -> str:
        """The sentence for people: what does not cover the next step."""
        return f"Remit: {self._why}"

    def _scarce(self) -> str:
        account, cap = self.account, self.cap
        taken = account.spent.plus(account.reserved)
        scarce = taken.tokens * cap.micro_usd > taken.micro_usd * cap.tokens
        limit, at = (TOKENS, 1) if scarce else (SPEND, 0)
        used = f"{taken.tokens}" if scarce else round_money(taken.micro_usd)
        return f"the budget of this run, {limit.told(cap[at])}, does not cover more: {used} is used"

    def settle(self, answering: Answering, settled: BudgetSettled) -> None:
        """Take down how an answer ended; durable with the next entry."""
        if self._open.pop(answering.ask, None) is None:
            return
        if settled.counted is Counted.PROVIDER:
            self._sizes.learn(answering.asked, settled.usage.prompt)
            self._learn_words(answering.seen, settled.usage.output)
        self._recorder.stage(settled)
        try:
            self._purse.settle(answering.ask, Amount(settled.micro_usd, settled.tokens))
        except LedgerUnavailable as failure:
            self._overseer.unrecorded(failure)
        self._warn()
        self.on_settled()

    def _warn(self) -> None:
        """Tell of a limit that is near its end, by what was spent and what answers under way have
        cost so far."""
        used = reduce(Amount.plus, (one.floor() for one in self._open.values()), self.account.spent)
        self._overseer.warn({SPEND.name: used.micro_usd, TOKENS.name: used.tokens})

    def _learn_words(self, pieces: int, tokens: int) -> None:
        if pieces >= _TOLD:
            self._tokens_a_piece = min(4.0, max(self._tokens_a_piece, tokens / pieces))


def _asked(ask: str, asked: Asked, actor: str) -> ModelAsked:
    model = asked.model[:200]
    return ModelAsked(ask, asked.dialect, model, actor, asked.size, asked.system, asked.tools)
