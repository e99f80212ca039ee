"""What a run has spent and what is held for answers that are under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

MOST_OUTPUTS = 200
"""Answers whose length is remembered: what the next one is expected to be like."""


class Amount(NamedTuple):
    """Micro-dollars and tokens that belong together."""

    micro_usd: int = 0
    tokens: int = 0

    def plus(self, other: Amount) -> Amount:
        return Amount(self.micro_usd + other.micro_usd, self.tokens + other.tokens)

    def fits(self, room: Amount) -> bool:
        """Whether there is room for all of it."""
        return self.micro_usd <= room.micro_usd and self.tokens <= room.tokens


NOTHING = Amount()


def total(amounts: Mapping[str, Amount]) -> Amount:
    return Amount(
        sum(amount.micro_usd for amount in amounts.values()),
        sum(amount.tokens for amount in amounts.values()),
    )


@dataclass(frozen=True, slots=True)
class Account:
    """``held`` is by the number of the request it is held for."""

    spent: Amount = NOTHING
    held: Mapping[str, Amount] = field(default_factory=lambda: MappingProxyType({}))
    asked: int = 0
    """Requests so far: the next one's number."""
    outputs: tuple[int, ...] = ()
    """Tokens of the last answers, in order."""
    unpriced: bool = False
    """Whether an answer came from a model without a known price."""

    @property
    def reserved(self) -> Amount:
        return total(self.held)

    def holding(self, ask: str, amount: Amount) -> Account:
        """With ``amount`` held for ``ask``, in the place of what was held for it before."""
        return replace(self, held=MappingProxyType({**self.held, ask: amount}))

    def settled(self, ask: str, amount: Amount, output: int) -> Account:
        """With nothing held for ``ask`` any more, and ``amount`` spent on it."""
        rest = {known: held for known, held in self.held.items() if known != ask}
        outputs = (*self.outputs, output)[-MOST_OUTPUTS:] if output else self.outputs
        spent = self.spent.plus(amount)
        return replace(self, spent=spent, held=MappingProxyType(rest), outputs=outputs)
