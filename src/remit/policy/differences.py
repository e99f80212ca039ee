"""Where sources of a run's cost differ: pair by pair, as finely as both tell. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import combinations

from remit.model.claimed_events import Difference, Source, SourceTotal, Unit

Answer = tuple[str, str]
"""The provider's ids of an answer and of its request; the first is empty where it is not told."""
_ALL = ""
_SHOWN = 200


class Grain(IntEnum):
    """How finely a source tells its answers apart, coarsest first."""

    WHOLE = 0
    """Not at all."""
    REQUEST = 1
    ANSWER = 2


@dataclass(frozen=True, slots=True)
class Says:
    """What one source says. ``tokens`` are by answer, as finely as ``grain`` says; ``micro_usd`` is
    of all answers, None where it says nothing of money."""

    source: Source
    grain: Grain
    tokens: Mapping[Answer, int]
    micro_usd: int | None
    unreadable: int = 0

    @property
    def total(self) -> SourceTotal:
        answers = None if self.grain is Grain.WHOLE else len(self.tokens)
        tokens = sum(self.tokens.values())
        return SourceTotal(self.source, answers, tokens, self.micro_usd, self.unreadable)


def differences(sources: Sequence[Says]) -> Iterator[tuple[Difference, ...]]:
    """For each pair of ``sources`` where they differ. Each source rounds the price of each answer
    to whole micro-dollars: up to one an answer is no difference."""
    for one, other in combinations(sources, 2):
        grain = min(one.grain, other.grain)
        told = tuple(_in_tokens(one, other, grain))
        yield told + tuple(_in_money(one, other))


def _in_tokens(one: Says, other: Says, grain: Grain) -> Iterator[Difference]:
    ours, theirs = _by(one, grain), _by(other, grain)
    for key in sorted({*ours, *theirs}):
        if ours.get(key) != theirs.get(key):
            says = ours.get(key), theirs.get(key)
            yield Difference(key[0], Unit.TOKENS, one.source, says[0], other.source, says[1])


def _by(says: Says, grain: Grain) -> dict[tuple[str, str], int]:
    """Tokens by what people are shown and what tells it from its like."""
    found: dict[tuple[str, str], int] = {}
    for (message, request), tokens in says.tokens.items():
        key = {
            Grain.WHOLE: (_ALL, _ALL),
            Grain.REQUEST: (request[:_SHOWN], request),
            Grain.ANSWER: (message[:_SHOWN], request),
        }[grain]
        found[key] = found.get(key, 0) + tokens
    return found


def _in_money(one: Says, other: Says) -> Iterator[Difference]:
    if one.micro_usd is None or other.micro_usd is None:
        return
    rounding = max(len(one.tokens), len(other.tokens))
    if abs(one.micro_usd - other.micro_usd) > rounding:
        says = one.micro_usd, other.micro_usd
        yield Difference(_ALL, Unit.MICRO_USD, one.source, says[0], other.source, says[1])
