"""What is held for requests whose end nobody saw: it counts as spent."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.account import Account
from remit.model.meter_events import AnswerEnd, BudgetSettled, Counted
from remit.model.usage import Usage


def unsettled(account: Account) -> Iterator[BudgetSettled]:
    """Settles whatever ``account`` still holds, by as much as is held."""
    for ask, held in account.held.items():
        yield BudgetSettled(
            ask=ask,
            end=AnswerEnd.ABANDONED,
            counted=Counted.RESERVE,
            message="",
            request="",
            model="",
            **Usage()._asdict(),
            searches=0,
            micro_usd=held.micro_usd,
            tokens=held.tokens,
            priced_by="",
            price_known=True,
            calls=(),
            status=0,
            first_us=0,
            took_us=0,
        )
