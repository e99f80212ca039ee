"""Counts the messages of one transcript: by day, model and kind of agent."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from remit.codec.transcripts.pack import pack_messages
from remit.model.scan import Bill, Cell, FileFacts
from remit.model.transcript import Message, Transcript
from remit.model.usage import Usage
from remit.services.scan.prices import Pricing


@dataclass(slots=True)
class Counting:
    """Turns transcripts into facts. Days are those of the machine's time zone."""

    pricing: Pricing
    _days: dict[str, str] = field(default_factory=dict)

    def facts(self, transcript: Transcript) -> FileFacts:
        return FileFacts(
            transcript.agent,
            transcript.path,
            transcript.session,
            transcript.project,
            self.cells(transcript.messages),
            array("Q", [message.key for message in transcript.messages]).tobytes(),
            pack_messages(transcript.messages),
            transcript.oddities,
        )

    def cells(self, messages: Iterable[Message]) -> tuple[Cell, ...]:
        sums: dict[tuple[str, str, bool], list[int]] = {}
        for message in messages:
            key = (self._day(message.minute), message.model, message.subagent)
            found = sums.get(key)
            if found is None:
                sums[key] = found = [0] * 8
            usage = message.usage
            cost, known = self.pricing.cost(message)
            found[0] += 1
            found[1] += usage.input
            found[2] += usage.output
            found[3] += usage.cache_write_5m
            found[4] += usage.cache_write_1h
            found[5] += usage.cache_read
            found[6 if known else 7] += cost
        return tuple(
            Cell(*key, Bill(found[0], Usage(*found[1:6]), found[6], found[7]))
            for key, found in sums.items()
        )

    def _day(self, minute: str) -> str:
        """Zones differ from UTC by whole quarters of an hour."""
        quarter = minute[:14] + ("00", "15", "30", "45")[_quarter(minute)]
        day = self._days.get(quarter)
        if day is None:
            self._days[quarter] = day = local_day(quarter)
        return day


def _quarter(minute: str) -> int:
    digits = minute[14:16]
    return min(int(digits) // 15, 3) if digits.isdecimal() and digits.isascii() else 0


def local_day(minute: str) -> str:
    """The day of ``2026-11-23T06:15`` (UTC) here, ``"unknown"`` where it is no time."""
    try:
        return datetime.fromisoformat(f"{minute}+00:00").astimezone().date().isoformat()
    except (ValueError, OverflowError):
        return "unknown"
