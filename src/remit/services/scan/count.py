"""Counts the messages of one transcript: by day, model and kind of agent."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from remit.model.loops import LoopLimits
from remit.model.scan import Bill, Cell, FileFacts, FileRead, LoopFact, Overtime
from remit.model.transcript import Message, PastCall, Transcript
from remit.model.usage import Usage
from remit.policy.loops.find import find_loops, outages
from remit.services.scan.prices import Pricing

TIME_BOX_S = 1200
"""The default of a contract, which takes longer to import than a scan that finds nothing new."""
PAUSE_MINUTES = 10
"""Where nothing is recorded for longer, the session stood still."""


@dataclass(slots=True)
class Counting:
    """Turns transcripts into facts. Days are those of the machine's time zone."""

    pricing: Pricing
    limits: LoopLimits
    _days: dict[str, str] = field(default_factory=dict)

    def count(self, transcript: Transcript) -> FileRead:
        facts = FileFacts(
            transcript.agent,
            transcript.path,
            transcript.session,
            transcript.project,
            self.cells(transcript.messages),
            tuple(self._loops(transcript)),
            outages(transcript.calls),
            transcript.oddities,
            self.overtime(transcript.messages),
        )
        keys = array("Q", [message.key for message in transcript.messages])
        return FileRead(facts, keys.tobytes(), transcript.messages)

    def _loops(self, transcript: Transcript) -> Iterator[LoopFact]:
        for loop in find_loops(transcript.calls, self.limits):
            calls = transcript.calls[loop.first : loop.last + 1]
            after = transcript.calls[loop.stopped + 1 : loop.last + 1] if loop.stopped >= 0 else ()
            cost, priced = self._cost(transcript, loop.actor, calls[1:])
            saved, _ = self._cost(transcript, loop.actor, after)
            yield LoopFact(
                loop.kind,
                loop.tool,
                self._day(transcript.messages[calls[0].message].minute),
                loop.times,
                bool(loop.actor),
                calls[0].line,
                transcript.calls[loop.stopped].line if loop.stopped >= 0 else 0,
                calls[-1].line,
                calls[0].message,
                cost,
                saved,
                priced,
            )

    def _cost(
        self, transcript: Transcript, actor: str, calls: Iterable[PastCall]
    ) -> tuple[int, bool]:
        """What the messages that asked for ``calls`` cost at known prices, and whether all are."""
        places = {call.message for call in calls if call.actor == actor}
        costs = [self.pricing.cost(transcript.messages[place]) for place in places]
        return sum(cost for cost, known in costs if known), all(known for _, known in costs)

    def cells(self, messages: Iterable[Message]) -> tuple[Cell, ...]:
        sums: dict[tuple[str, str, bool], list[int]] = {}
        for message in messages:
            key = (self._day(message.minute), message.model, message.subagent)
            found = sums.get(key)
            if found is None:
                sums[key] = found = [0] * 9
            usage = message.usage
            cost, known = self.pricing.cost(message)
            found[0] += 1
            found[1] += usage.input
            found[2] += usage.output
            found[3] += usage.cache_write_5m
            found[4] += usage.cache_write_1h
            found[5] += usage.cache_read
            found[6 if known else 7] += cost
            if not cost and not usage.total:
                found[8] += 1
        return tuple(
            Cell(*key, Bill(found[0], Usage(*found[1:6]), *found[6:]))
            for key, found in sums.items()
        )

    def overtime(self, messages: Iterable[Message]) -> Overtime:
        """What the main agent did after the default time box."""
        elapsed, count, costs = 0, 0, [0, 0]
        last, minute = -1, ""
        for message in messages:
            if message.subagent:
                continue
            if message.minute != minute:
                minute, at = message.minute, minute_of(message.minute)
                elapsed += at - last if 0 <= last < at <= last + PAUSE_MINUTES else 0
                last = at
            if elapsed > TIME_BOX_S // 60:
                cost, known = self.pricing.cost(message)
                costs[not known] += cost
                count += 1
        return Overtime(count, *costs)

    def _day(self, minute: str) -> str:
        """Zones differ from UTC by whole quarters of an hour."""
        quarter = minute[:14] + ("00", "15", "30", "45")[_quarter(minute)]
        day = self._days.get(quarter)
        if day is None:
            self._days[quarter] = day = local_day(quarter)
        return day


def minute_of(minute: str) -> int:
    """Minutes since year one of ``"2026-11-23T06:15"``, -1 where it is no time."""
    try:
        at = datetime.fromisoformat(minute)
    except ValueError:
        return -1
    return at.toordinal() * 1440 + at.hour * 60 + at.minute


def _quarter(minute: str) -> int:
    digits = minute[14:16]
    return min(int(digits) // 15, 3) if digits.isdecimal() and digits.isascii() else 0


def local_day(minute: str) -> str:
    """The day of ``2026-11-23T06:15`` (UTC) here, ``"unknown"`` where it is no time."""
    try:
        return datetime.fromisoformat(f"{minute}+00:00").astimezone().date().isoformat()
    except (ValueError, OverflowError):
        return "unknown"


def zone() -> str:
    """What the days depend on: the name and the offset of the machine's zone, in both seasons."""
    seasons = (datetime.fromtimestamp(at).astimezone() for at in (0, 15_552_000))
    return " ".join(f"{season:%Z%z}" for season in seasons)
