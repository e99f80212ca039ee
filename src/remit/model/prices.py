"""A table of prices: which row holds for a model on a day, and what an unknown one may cost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from remit.model.usage import PriceRow


class Match(StrEnum):
    EQUALS = "equals"
    STARTS = "starts"
    ENDS = "ends"
    CONTAINS = "contains"
    REGEX = "regex"


class Clause(NamedTuple):
    """One way to recognise a model's id."""

    match: Match
    text: str

    def holds(self, name: str) -> bool:
        match self.match:
            case Match.EQUALS:
                return name == self.text
            case Match.STARTS:
                return name.startswith(self.text)
            case Match.ENDS:
                return name.endswith(self.text)
            case Match.CONTAINS:
                return self.text in name
            case Match.REGEX:
                return re.search(self.text, name) is not None


class ModelPrices(NamedTuple):
    """Every row of one model. A name belongs to it where all clauses of one way hold."""

    provider: str
    ways: tuple[tuple[Clause, ...], ...]
    rows: tuple[PriceRow, ...]

    def knows(self, name: str) -> bool:
        return any(all(clause.holds(name) for clause in way) for way in self.ways)

    def on(self, day: str, processing: str, speed: str) -> PriceRow | None:
        """The last row that began by ``day`` for this way of asking; None where there is none."""
        fitting = [
            row
            for row in self.rows
            if row.since <= day and row.processing == processing and row.speed == speed
        ]
        return fitting[-1] if fitting else None


_PREFIX = re.compile(r"^(?:anthropic|openai|google|gemini|bedrock|vertex_ai|models)/")
_SUFFIX = re.compile(r"\[\w+\]$")
_FAMILIES = (
    ("anthropic.", "aws"),
    ("claude", "anthropic"),
    ("gemini", "google"),
    ("gpt", "openai"),
    ("codex", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4", "openai"),
)


class PriceTable(NamedTuple):
    """``own`` comes first and is the user's; ``source`` and ``digest`` name what ``models`` is."""

    source: str
    digest: str
    models: tuple[ModelPrices, ...]
    own: tuple[ModelPrices, ...] = ()

    def row(self, model: str, day: str, processing: str, speed: str) -> PriceRow | None:
        """The price of ``model`` on ``day`` (ISO, UTC); None where the table does not know it."""
        name = _SUFFIX.sub("", _PREFIX.sub("", model.lower()))
        for known in self._candidates(name):
            if known.knows(name) and (row := known.on(day, processing, speed)):
                return row
        return None

    def _candidates(self, name: str) -> Iterator[ModelPrices]:
        yield from self.own
        family = _family(name)
        for provider in (family, "anthropic") if family == "aws" else (family,):
            yield from (known for known in self.models if known.provider == provider)

    def dearest(self, model: str, day: str) -> PriceRow:
        """The highest price of the model's own provider on ``day``, of any provider where that
        is not known: what an unknown model is estimated at."""
        family = _family(_PREFIX.sub("", model.lower()))
        rows = list(self._standard(family, day)) or list(self._standard("", day))
        return max(rows, key=lambda row: (row.tiers[-1].output, row.tiers[-1].input))

    def _standard(self, provider: str, day: str) -> Iterator[PriceRow]:
        for known in self.models:
            if not provider or known.provider == provider:
                row = known.on(day, "", "")
                if row is not None:
                    yield row


def _family(name: str) -> str:
    return next((provider for word, provider in _FAMILIES if word in name), "")
