"""What may be held for a request, and what that leaves for others. Pure.

What was spent and what is held never pass the cap together. An answer under way keeps at the least
what it has cost so far and one step more, its floor; what it holds beyond that is given to others
before anybody is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remit.model.account import Account, Amount, total
from remit.model.contract import Budget
from remit.model.limits import SPEND, TOKENS
from remit.model.usage import PER_MICRO, PriceRow, Usage
from remit.policy import budget_lines

STEP = 256
"""Tokens by which an answer may pass the cap before it is cut."""
FIRST_ALLOWANCE = 4_000
KNOWN_AFTER = 20
"""Answers after which their lengths say what the next one may take."""
_ENDLESS = 1 << 62


@dataclass(frozen=True, slots=True)
class Wanted:
    """``floor`` is what is needed at the least, ``wish`` what would do."""

    ask: str
    floor: Amount
    wish: Amount


def cap_of(budget: Budget, extended: Mapping[str, int]) -> Amount:
    """The most a run may spend; what no line limits is endless."""
    money, tokens = (budget_lines.cap_of(limit, budget, extended) for limit in (SPEND, TOKENS))
    return Amount(_ENDLESS if money is None else money, _ENDLESS if tokens is None else tokens)


def reserve(
    account: Account, cap: Amount, wanted: Wanted, floors: Mapping[str, Amount]
) -> dict[str, Amount] | None:
    """What to hold from now on, by request; None where the cap does not cover ``wanted``.

    ``floors`` are those of the other answers under way. Nobody is brought below it.
    """
    others = {ask: held for ask, held in account.held.items() if ask != wanted.ask}
    room = _room(account, cap, others)
    if wanted.floor.fits(room):
        return {wanted.ask: _most(wanted, room)}
    lower = {ask: _least(held, floors.get(ask, held)) for ask, held in others.items()}
    if not wanted.floor.fits(_room(account, cap, lower)):
        return None
    changed = {ask: held for ask, held in lower.items() if held != others[ask]}
    return {**changed, wanted.ask: wanted.floor}


def _room(account: Account, cap: Amount, held: Mapping[str, Amount]) -> Amount:
    taken = account.spent.plus(total(held))
    return Amount(cap.micro_usd - taken.micro_usd, cap.tokens - taken.tokens)


def _most(wanted: Wanted, room: Amount) -> Amount:
    return _least(wanted.wish, room)


def _least(one: Amount, other: Amount) -> Amount:
    return Amount(min(one.micro_usd, other.micro_usd), min(one.tokens, other.tokens))


def allowance(outputs: tuple[int, ...]) -> int:
    """Tokens that the next answer is expected to need at most."""
    if len(outputs) < KNOWN_AFTER:
        return FIRST_ALLOWANCE
    ranked = sorted(outputs)
    return max(STEP, ranked[min(len(ranked) - 1, len(ranked) * 99 // 100)])


def micro_usd(millionths: int) -> int:
    """Whole micro-dollars, never less than it costs."""
    return -(-millionths // PER_MICRO)


def price_of(row: PriceRow, usage: Usage) -> Amount:
    """What ``usage`` costs at ``row``."""
    return Amount(micro_usd(row.tier(usage.prompt).cost(usage)), usage.total)


def most_output(row: PriceRow, read: Usage, held: Amount) -> int:
    """Tokens that an answer to what was ``read`` may have within ``held``."""
    tier, prompt = row.tier(read.prompt), read._replace(output=0)
    left = held.micro_usd * PER_MICRO - tier.cost(prompt)
    money = left // tier.output if tier.output else held.tokens
    return min(money, held.tokens - prompt.total)
