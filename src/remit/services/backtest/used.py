"""What turns of a session used: measured from its record, money at list price."""

from __future__ import annotations

from collections.abc import Sequence

from remit.model.backtest import After
from remit.model.transcript import Outcome
from remit.services.backtest.sessions import Turn
from remit.services.scan.prices import Pricing


def cost_of(pricing: Pricing, turn: Turn) -> tuple[int, int]:
    """What the turn cost at known prices, and estimated for want of one; one of them is 0."""
    cost, known = pricing.cost(turn.message)
    return (cost, 0) if known else (0, cost)


def used(pricing: Pricing, turns: Sequence[Turn], since: int) -> After:
    """Everything that ``turns`` used; ``since`` is the elapsed second they are counted from."""
    if not turns:
        return After()
    costs = [cost_of(pricing, turn) for turn in turns]
    outcomes = [asked.past.outcome for turn in turns for asked in turn.calls]
    return After(
        messages=len(turns),
        tokens=sum(turn.message.usage.total for turn in turns),
        cost=sum(cost for cost, _ in costs),
        estimated=sum(estimated for _, estimated in costs),
        seconds=turns[-1].elapsed - since,
        calls=len(outcomes),
        succeeded=sum(outcome is Outcome.OK for outcome in outcomes),
    )
