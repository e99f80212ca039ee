"""What is known of a run's attempts: the work between two observed checks of a changed tree.

Attempts are counted for each check of the contract apart. An attempt that teaches something opens a
new count; what teaches nothing is counted, until the gate closes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Never

from remit.model.failure import Failure, Signature, signature_of

if TYPE_CHECKING:
    from remit.model.attempt_events import (
        AttemptConfirmed,
        AttemptEnded,
        AttemptNoted,
        CheckObserved,
    )

WHOLE = ""
"""The selection of all tests that the contract's own command runs."""
MOST_SELECTIONS = 16
"""Ways of running one check whose failures are remembered."""


class Learnt(StrEnum):
    """What an attempt taught: a fact of its check that was not there before."""

    PASSED = "passed"
    FEWER = "fewer-failing"
    FURTHER = "further-along"
    NOTHING = "nothing"


class Weight(StrEnum):
    """Whether an attempt counts against the gate, and if not, why."""

    COUNTED = "counted"
    LEARNT = "learnt"
    """It taught something: a new count begins."""
    JUST_ADDED = "just-added"
    """All that fails was only now added or edited, and not yet worked for."""
    FLAKY = "flaky"
    """All that fails also passed, or failed otherwise, on unchanged code."""
    UNCONFIRMED = "unconfirmed"
    """The same check, run by Remit on the same tree, did not show this failure."""


class Gate(StrEnum):
    """What the next state-changing call meets."""

    OPEN = "open"
    NOTE = "note"
    """An attempt note is due first."""
    SIMILAR = "similar-failures"
    NO_LEARNING = "no-learning"
    """The note of the last attempt says nothing new."""
    EXHAUSTED = "exhausted"
    TOTAL = "total"


CLOSED = frozenset({Gate.SIMILAR, Gate.NO_LEARNING, Gate.EXHAUSTED, Gate.TOTAL})


def _nothing() -> Mapping[str, Never]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Thread:
    """One check of the contract. ``seen`` are the failures when it was last run in each way,
    ``tree`` the tree it was last observed in, ``changed`` what changed since, ``count`` the counted
    attempts since something was learnt, ``last`` the failures of the last of them, ``ever`` what
    was seen failing at any time."""

    seen: Mapping[str, tuple[Failure, ...]] = field(default_factory=_nothing)
    tree: str = ""
    changed: frozenset[str] = frozenset()
    count: int = 0
    last: frozenset[Signature] = frozenset()
    ever: frozenset[str] = frozenset()

    @property
    def known(self) -> frozenset[str]:
        """Every check that was seen failing when it was run last, in whatever way."""
        return frozenset(one.check for failing in self.seen.values() for one in failing)

    def with_seen(self, selection: str, failing: tuple[Failure, ...]) -> Thread:
        kept = {way: known for way, known in self.seen.items() if way != selection}
        if len(kept) >= MOST_SELECTIONS:
            del kept[next(iter(kept))]
        ever = self.ever.union(one.check for one in failing)
        return replace(self, seen=MappingProxyType({**kept, selection: failing}), ever=ever)


@dataclass(frozen=True, slots=True)
class Attempts:
    """``number`` is the last attempt, ``total`` counts those that taught nothing over all checks,
    ``changed`` is what the run changed so far, ``flaky`` what showed itself so. ``rule`` and
    ``message`` say why the gate is not open."""

    number: int = 0
    total: int = 0
    changed: frozenset[str] = frozenset()
    threads: Mapping[str, Thread] = field(default_factory=_nothing)
    flaky: frozenset[str] = frozenset()
    gate: Gate = Gate.OPEN
    confirming: bool = False
    """Whether Remit's own run of the check is awaited."""
    check: str = ""
    """The check whose last attempt decided over the gate."""
    message: str = ""
    last: AttemptEnded | None = None
    lessons: tuple[frozenset[str], ...] = ()
    """What notes said was learnt, as the words that carry it."""

    @property
    def closed(self) -> bool:
        return self.gate in CLOSED

    def thread(self, check: str) -> Thread:
        return self.threads.get(check) or Thread(changed=self.changed)

    def tree_changed(self, paths: Iterable[str]) -> Attempts:
        new = frozenset(paths)
        threads = {
            name: replace(thread, changed=thread.changed | new)
            for name, thread in self.threads.items()
        }
        changed = self.changed | new
        return replace(self, changed=changed, threads=MappingProxyType(threads))

    def failing_before(self, check: str, failing: Iterable[str]) -> Attempts:
        """What Remit itself saw failing at the start."""
        known = tuple(Failure(name, "", "", 0, "") for name in failing)
        return self._with(check, self.thread(check).with_seen(WHOLE, known))

    def observed(self, event: CheckObserved) -> Attempts:
        """A check ran; where nothing had changed since, it says how things stand."""
        flaky = replace(self, flaky=self.flaky | set(event.flaky))
        if not event.check or event.attempt or not event.tells:
            return flaky
        thread = replace(flaky.thread(event.check), tree=event.tree, changed=frozenset())
        return flaky._with(event.check, thread.with_seen(event.selection, event.failing))

    def ended(self, event: AttemptEnded) -> Attempts:
        """An attempt came to its check."""
        counted = event.weight is Weight.COUNTED
        thread = replace(
            self.thread(event.check).with_seen(event.selection, event.failing),
            tree=event.tree,
            changed=frozenset(),
            count=event.count,
        )
        if counted or event.weight is Weight.LEARNT:
            signatures = (signature_of(one) for one in event.failing if one.check in event.counts)
            thread = replace(thread, last=frozenset(signatures if counted else ()))
        after = replace(
            self,
            number=event.number,
            total=self.total + counted,
            gate=event.gate,
            confirming=event.confirming,
            check=event.check,
            message=event.message,
            last=event,
        )
        return after._with(event.check, thread)

    def confirmed(self, event: AttemptConfirmed) -> Attempts:
        """Where Remit's own run does not show what closed the gate, that attempt is not counted."""
        if event.shows or not self.confirming:
            return replace(self, confirming=False)
        thread = self.thread(self.check)
        thread = replace(thread, count=max(0, thread.count - 1), last=frozenset())
        reopened = replace(self, total=max(0, self.total - 1), gate=Gate.OPEN, message="")
        reopened = replace(reopened, confirming=False)
        return reopened._with(self.check, thread)

    def noted(self, event: AttemptNoted) -> Attempts:
        """A note that matches the facts and says something new opens a gate that waits for one;
        one that says nothing new closes it."""
        if self.gate is not Gate.NOTE or event.fault or event.number != self.number:
            return self
        lessons = (*self.lessons, frozenset(event.lesson))
        if event.empty:
            message = f"The note of attempt {event.number} taught nothing: {event.empty}."
            return replace(self, gate=Gate.NO_LEARNING, message=message, lessons=lessons)
        return replace(self, gate=Gate.OPEN, message="", lessons=lessons)

    def _with(self, check: str, thread: Thread) -> Attempts:
        return replace(self, threads=MappingProxyType({**self.threads, check: thread}))
