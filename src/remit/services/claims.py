"""What the client itself tells of its answers while it works.

It only narrows (ADR 0009): where a meter counts it is shown beside the meter, where none does it
brings the run nearer to its end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from remit.codec.telemetry import read_telemetry
from remit.errors import LedgerUnavailable
from remit.model.claimed_events import ClaimedAnswer, UsageClaimed
from remit.services.recorder import Recorder

MOST_ANSWERS = 20_000
"""Of one run; the next are not kept, and counted as such."""
MOST_AT_ONCE = 100
"""In one entry."""
MOST_UNREADABLE = 1_000
"""Noted one by one; a client that sends nothing but rubbish does not fill the ledger."""


class Keeper(Protocol):
    """Who makes durable what was staged."""

    def commit(self) -> None: ...

    def unrecorded(self, failure: LedgerUnavailable) -> None: ...


class Claims:
    """The telemetry of one run. ``answers`` has each answer once, those of ``earlier`` stays
    among them; ``on_claimed`` is told when there are more."""

    def __init__(
        self, recorder: Recorder, keeper: Keeper, earlier: Mapping[str, ClaimedAnswer]
    ) -> None:
        self.answers = dict(earlier)
        self.on_claimed: Callable[[], None] = lambda: None
        self._recorder = recorder
        self._keeper = keeper
        self._unreadable = 0

    @property
    def is_full(self) -> bool:
        """Whether answers may have been left out."""
        return len(self.answers) >= MOST_ANSWERS

    def hear(self, body: bytes) -> None:
        """Keep what one message tells. ValueError where it is none."""
        try:
            answers, unreadable = read_telemetry(body)
        except ValueError:
            self._keep((), 1)
            raise
        fresh: dict[str, ClaimedAnswer] = {}
        for answer in answers:
            if answer.is_fuller(fresh.get(answer.key) or self.answers.get(answer.key)):
                fresh[answer.key] = answer
        kept = self._within_bounds(fresh)
        self._keep(kept, unreadable + len(fresh) - len(kept))

    def _within_bounds(self, fresh: Mapping[str, ClaimedAnswer]) -> tuple[ClaimedAnswer, ...]:
        room = MOST_ANSWERS - len(self.answers)
        known = [answer for key, answer in fresh.items() if key in self.answers]
        new = [answer for key, answer in fresh.items() if key not in self.answers]
        return (*known, *new[:room])

    def _keep(self, answers: tuple[ClaimedAnswer, ...], unreadable: int) -> None:
        unreadable = min(unreadable, MOST_UNREADABLE - self._unreadable)
        if not answers and not unreadable:
            return
        self._unreadable += unreadable
        self.answers |= {answer.key: answer for answer in answers}
        for start in range(0, max(1, len(answers)), MOST_AT_ONCE):
            part = answers[start : start + MOST_AT_ONCE]
            self._recorder.stage(UsageClaimed(part, 0 if start else unreadable))
        try:
            self._keeper.commit()
        except LedgerUnavailable as failure:
            self._keeper.unrecorded(failure)
        self.on_claimed()
