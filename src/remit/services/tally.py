"""Counts what a run spends where nothing meters it: by what the client writes down and sends.

Both come after the answer, so that the cap can be passed by the answers under way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import reduce
from typing import Protocol

from remit.errors import LedgerUnavailable
from remit.model.account import NOTHING, Amount
from remit.model.claimed_events import LAG_S, BudgetClaimed
from remit.model.limits import SPEND, TOKENS
from remit.model.quantity import round_money
from remit.model.usage import Usage
from remit.policy.spending import cap_of, price_of
from remit.services.claims import Claims
from remit.services.client_records import ClientRecords
from remit.services.purse import Purse
from remit.services.recorder import Recorder
from remit.services.scan.prices import Pricing

_Priced = tuple[Amount, bool]


class Overseer(Protocol):
    """Who says what is near its end, and keeps what is staged."""

    def warn(self, counted: Mapping[str, int]) -> None: ...

    def commit(self) -> None: ...

    def unrecorded(self, failure: LedgerUnavailable) -> None: ...


class Tally:
    """The count of one run. ``on_over`` is told why when the run has spent more than it may;
    ``now_us`` is the wall clock: prices have days; ``earlier`` is the count so far."""

    def __init__(
        self,
        recorder: Recorder,
        overseer: Overseer,
        pricing: Pricing,
        purse: Purse,
        now_us: Callable[[], int],
        earlier: BudgetClaimed | None = None,
    ) -> None:
        self.on_over: Callable[[str], None] = lambda why: None
        self._recorder = recorder
        self._overseer = overseer
        self._pricing = pricing
        self._purse = purse
        self._now_us = now_us
        self._last = earlier

    def count(self, claims: Claims, records: ClientRecords) -> None:
        """Take down what both say by now, each by itself, and end the run where it is too much."""
        answers = tuple(records.answers.values())  # at once: a thread may be adding to them
        recorded = [self._price(x.model, x.usage, x.processing, x.speed) for x in answers]
        sent = [self._price(one.model, one.usage) for one in claims.answers.values()]
        known = all(known for _, known in (*recorded, *sent))
        counted = BudgetClaimed(*_sum(recorded), *_sum(sent), not known)
        try:
            why = self._take_down(counted.joined(self._last) if self._last else counted)
        except LedgerUnavailable as failure:
            self._overseer.unrecorded(failure)
            return
        if claims.is_full:
            why = why or "the client tells of more answers than can be counted"
        if why := why or self._scarce():
            self.on_over(f"{why}; counted from what the client tells, up to {LAG_S} s late")

    def _price(self, model: str, usage: Usage, processing: str = "", speed: str = "") -> _Priced:
        today = datetime.fromtimestamp(self._now_us() / 1e6, UTC).date().isoformat()
        row, known = self._pricing.priced(model, today, processing, speed)
        return price_of(row, usage), known

    def _take_down(self, counted: BudgetClaimed) -> str:
        """Returns why no more may be spent where others have used up what this run shares."""
        if counted == self._last:
            return ""
        before = self._last.amount if self._last else NOTHING
        now, self._last = counted.amount, counted
        self._recorder.stage(counted)
        self._overseer.warn({SPEND.name: now.micro_usd, TOKENS.name: now.tokens})
        self._overseer.commit()
        return self._purse.spend(now.micro_usd - before.micro_usd)

    def _scarce(self) -> str:
        """What is used up of the contract's limits; empty where nothing is."""
        state = self._recorder.state
        assert state.contract is not None
        spent, cap = state.claimed or NOTHING, cap_of(state.contract.budget, state.extended)
        if spent.fits(cap):
            return ""
        over = spent.micro_usd > cap.micro_usd
        limit, at = (SPEND, 0) if over else (TOKENS, 1)
        used = round_money(spent.micro_usd) if over else f"{spent.tokens}"
        return f"the budget of this run, {limit.told(cap[at])}, is used up: {used} is spent"


def _sum(priced: Iterable[_Priced]) -> Amount:
    return reduce(Amount.plus, (amount for amount, _ in priced), NOTHING)
