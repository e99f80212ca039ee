"""What a run has used of each of its limits, from its record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from remit.errors import RemitError
from remit.model.account import Amount
from remit.model.budget_line import BudgetLine
from remit.model.contract import Contract
from remit.model.ids import RunId
from remit.model.limits import (
    ATTEMPTS,
    ATTEMPTS_TOTAL,
    CALLS,
    DEADLINE,
    FILES,
    LIMITS,
    PATCH_LINES,
    SPEND,
    SUBAGENTS,
    TIME,
    TOKENS,
    Limit,
)
from remit.model.record import Recorded, RunRecord, gather
from remit.model.run import replay
from remit.model.state import Phase, RunState
from remit.policy.budget_lines import cap_of, counted
from remit.services.layers import at_list_prices
from remit.storage.ledger import Ledger

NOT_COUNTED = "not counted"
"""Who counts a limit that nothing holds."""
TELEMETRY = "client's telemetry"
"""Who counts spend and tokens where no meter does: see ``layers.CLAIMED``."""


@dataclass(frozen=True, slots=True)
class RunBudget:
    """The limits that a contract sets, and what is counted without one. ``list_prices`` says that
    the money is an equivalent: a subscription is not billed by it; ``claimed`` that what was spent
    is what the client itself tells."""

    run: RunId
    phase: Phase
    lines: tuple[BudgetLine, ...]
    list_prices: bool
    unpriced: bool
    """Whether a model without a known price answered: its price is a stand-in."""
    claimed: bool


def budget_of(ledger: Ledger, run: RunId, now_us: int) -> RunBudget:
    """The budget of ``run`` as its record stands; RemitError where it never began."""
    recorded = tuple(ledger.recorded(run))
    state, record = replay(item.event for item in recorded), gather(run, recorded)
    if state.contract is None:
        raise RemitError(f"run {run} never began", f"see it: remit show {run}")
    counts = _Counts(state, record, _until(state, recorded, now_us))
    lines = tuple(_lines(state.contract, counts))
    layers = record.layers.layers if record.layers else ()
    listed = at_list_prices(layers)
    claimed = not record.asked and record.counted is not None
    unpriced = state.account.unpriced or (record.counted is not None and record.counted.unpriced)
    return RunBudget(run, state.phase, lines, listed, unpriced, claimed)


def _until(state: RunState, recorded: Sequence[Recorded], now_us: int) -> int:
    """Now for a run that goes on, its last entry for one that is over."""
    goes_on = state.phase in (Phase.OPEN, Phase.STOPPED, Phase.PAUSED, Phase.PARKED)
    return max(now_us, recorded[-1].time_us) if goes_on else recorded[-1].time_us


@dataclass(frozen=True, slots=True)
class _Counts:
    state: RunState
    record: RunRecord
    until_us: int

    def time(self) -> int | None:
        """The agent's own, waits for people included until the run's end is recorded."""
        return self.record.agent_until_us(self.until_us) // 1_000_000

    def deadline(self) -> int | None:
        return (self.until_us - self.record.first_us) // 1_000_000

    def spend(self) -> int | None:
        spent = self._spent()
        return None if spent is None else spent.micro_usd

    def tokens(self) -> int | None:
        spent = self._spent()
        return None if spent is None else spent.tokens

    def _spent(self) -> Amount | None:
        """As the meter has it, or where there is none, the client itself."""
        return self.state.account.spent if self.record.asked else self.state.claimed

    def attempts(self) -> int | None:
        """After the first failure, of the check that has most."""
        counts = (thread.count for thread in self.state.attempts.threads.values())
        return max(0, max(counts, default=0) - 1)

    def attempts_total(self) -> int | None:
        return self.state.attempts.total


def _counting(limit: Limit) -> Callable[[_Counts], int | None]:
    """What the state counts under the limit's name."""
    return lambda counts: counted(counts.state)[limit.name]


_COUNTED: dict[Limit, tuple[Callable[[_Counts], int | None], str]] = {
    TIME: (_Counts.time, "clock"),
    DEADLINE: (_Counts.deadline, "clock"),
    SPEND: (_Counts.spend, "meter"),
    TOKENS: (_Counts.tokens, "meter"),
    **{limit: (_counting(limit), "hook") for limit in (CALLS, FILES, SUBAGENTS)},
    PATCH_LINES: (_counting(PATCH_LINES), "comparison"),
    ATTEMPTS: (_Counts.attempts, "hook"),
    ATTEMPTS_TOTAL: (_Counts.attempts_total, "hook"),
}
_ALWAYS = frozenset({TIME, SPEND, TOKENS, CALLS})


def _lines(contract: Contract, counts: _Counts) -> Iterator[BudgetLine]:
    for limit in LIMITS:
        own = limit.of(contract.budget)
        if own is not None or limit in _ALWAYS:
            yield _line(contract, counts, limit)


def _line(contract: Contract, counts: _Counts, limit: Limit) -> BudgetLine:
    count, counted_by = _COUNTED.get(limit, (lambda counts: None, NOT_COUNTED))
    state, used = counts.state, count(counts)
    more = state.extended.get(limit.name, 0)
    cap = cap_of(limit, contract.budget, state.extended)
    reserved = state.account.reserved
    held = {SPEND: reserved.micro_usd, TOKENS: reserved.tokens}.get(limit, 0)
    if limit in (SPEND, TOKENS) and not counts.record.asked:
        counted_by = TELEMETRY
    by = counted_by if used is not None else NOT_COUNTED
    return BudgetLine(limit, used, cap, by, held, more, contract.budget.soft_percent)
