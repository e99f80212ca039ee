"""What a run shares with all others of its user and repository: the money of a day or a month."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from remit.model.account import Amount
from remit.model.allowance import Allowance
from remit.model.ids import RunId
from remit.model.quantity import round_money
from remit.storage.shared_spending import Cap, SharedSpending

_ENDLESS = 1 << 62
_SPENT = "spent"
"""In the place of a request's number, for what was held for none."""


class Purse:
    """The purse of one run. ``now_us`` is the wall clock."""

    def __init__(
        self,
        shared: SharedSpending,
        run: RunId,
        allowances: Sequence[Allowance],
        now_us: Callable[[], int],
    ) -> None:
        self._shared = shared
        self._run = run
        self._allowances = tuple(allowances)
        self._now_us = now_us

    def hold(self, holds: Mapping[str, Amount]) -> str:
        """Hold these amounts, by request; why not where an allowance does not cover them, and
        nothing is held then. Raises LedgerUnavailable."""
        if not self._allowances:
            return ""
        caps = [self._cap(allowance) for allowance in self._allowances]
        money = {ask: held.micro_usd for ask, held in holds.items()}
        short = self._shared.hold(self._run, money, caps)
        if short is None:
            return ""
        allowance = self._allowances[caps.index(short)]
        return f"{round_money(allowance.micro_usd)} {allowance.words} are used up"

    def settle(self, ask: str, amount: Amount) -> None:
        """Give back what ``ask`` held and did not spend. Raises LedgerUnavailable."""
        if self._allowances:
            self._shared.settle(self._run, ask, amount.micro_usd)

    def spend(self, micro_usd: int) -> str:
        """Take down what is spent already; why no more may be, where an allowance is used up.
        Raises LedgerUnavailable."""
        if not self._allowances:
            return ""
        caps = [self._cap(allowance) for allowance in self._allowances]
        endless = [cap._replace(micro_usd=_ENDLESS) for cap in caps]
        self._shared.hold(self._run, {_SPENT: micro_usd}, endless)
        self._shared.settle(self._run, _SPENT, micro_usd)
        for cap, allowance in zip(caps, self._allowances, strict=True):
            if self._shared.taken(*cap[:2]) > cap.micro_usd:
                return f"{round_money(allowance.micro_usd)} {allowance.words} are used up"
        return ""

    def _cap(self, allowance: Allowance) -> Cap:
        period = allowance.period.of(self._now_us(), zone_of(allowance.timezone))
        return Cap(allowance.scope, period, allowance.micro_usd)


def zone_of(name: str) -> tzinfo:
    """The time zone of that name; every machine knows UTC."""
    return UTC if name == "UTC" else ZoneInfo(name)
