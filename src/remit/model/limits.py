"""The limits a contract may set and a policy may cap, each under its name."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from remit.model.quantity import format_duration, format_money


class Unit(StrEnum):
    """What an amount counts: plain things, seconds, or micro-dollars."""

    COUNT = "count"
    SECONDS = "seconds"
    MICRO_USD = "micro-usd"


class Limit(NamedTuple):
    """One limit: ``name`` stands in files and reasons, ``field`` in ``Budget`` and ``Ceiling``,
    ``words`` after a count in a sentence."""

    name: str
    field: str
    unit: Unit = Unit.COUNT
    words: str = ""

    def of(self, holder: object) -> int | None:
        """The amount in a ``Budget`` or ``Ceiling``; None is "no line"."""
        amount: int | None = getattr(holder, self.field)
        return amount

    def spelled(self, amount: int) -> str:
        """The amount as people write it: ``20m``, ``$2.00``, ``40``."""
        if self.unit is Unit.SECONDS:
            return format_duration(amount)
        return format_money(amount) if self.unit is Unit.MICRO_USD else f"{amount}"

    def told(self, amount: int) -> str:
        """The amount in a sentence: ``40 files inspected``."""
        return f"{self.spelled(amount)} {self.words}".strip()


TIME = Limit("time", "time_s", Unit.SECONDS)
DEADLINE = Limit("deadline", "deadline_s", Unit.SECONDS, "until the run must be over")
SPEND = Limit("spend", "spend_micro_usd", Unit.MICRO_USD)
TOKENS = Limit("tokens", "tokens", words="tokens")
CALLS = Limit("calls", "calls", words="tool calls")
ATTEMPTS = Limit("attempts", "attempts", words="attempts after the first failure")
ATTEMPTS_TOTAL = Limit("attempts_total", "attempts_total", words="attempts that taught nothing")
FILES = Limit("files", "files_inspected", words="files inspected")
PATCH_LINES = Limit("patch_lines", "patch_lines", words="changed lines")
SUBAGENTS = Limit("subagents", "subagents", words="subagents")
DEPTH = Limit("depth", "depth", words="levels of subagents")

EXTENSIBLE = (TIME, DEADLINE, SPEND, TOKENS, CALLS, FILES, PATCH_LINES, SUBAGENTS)
"""What a person may give a run more of while it goes on."""
LIMITS = (
    *(TIME, DEADLINE, SPEND, TOKENS, CALLS),
    *(ATTEMPTS, ATTEMPTS_TOTAL, FILES, PATCH_LINES, SUBAGENTS, DEPTH),
)
NAMED = {limit.name: limit for limit in LIMITS}
