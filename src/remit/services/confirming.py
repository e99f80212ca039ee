"""Runs a check itself before the gate closes on what a hook reported of it.

Only a cheap one, confined, on the tree as it is now; the agent's call waits for it. What is not
cheap stays an observation, and the record says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from remit.errors import RemitError
from remit.model.attempt_events import AttemptConfirmed, AttemptEnded
from remit.model.contract import Check
from remit.model.events import CheckRan, CheckState
from remit.services.recorder import Recorder

CHEAP_MS = 5_000
"""A check that took the agent longer is not run again."""
LONGEST_S = 12
"""Below what a client waits for a hook."""

Done = Callable[[tuple[CheckRan, ...]], None]


class CheckBench(Protocol):
    """Where one check can be run while the agent waits."""

    def run(self, check: Check, done: Done) -> None:
        """Run ``check`` on the tree as last compared; ``done`` is told in the caller's thread, ()
        where it could not be run. RemitError where it cannot be begun."""


class NoBench:
    """Nothing is run: what was observed stands."""

    def run(self, check: Check, done: Done) -> None:
        done(())


@dataclass(slots=True)
class Confirming:
    """The confirmations of one run. ``on_done`` lets go of the call that waits."""

    recorder: Recorder
    bench: CheckBench = field(default_factory=NoBench)
    on_done: Callable[[], None] = lambda: None

    @property
    def pending(self) -> bool:
        return self.recorder.state.attempts.confirming

    def can(self, name: str, took_ms: int | None) -> bool:
        """Whether ``name`` would be run, having taken the agent so long."""
        cheap = took_ms is not None and took_ms <= CHEAP_MS
        return cheap and not isinstance(self.bench, NoBench) and self._check(name) is not None

    def begin(self, ended: AttemptEnded) -> None:
        check = self._check(ended.check)
        assert check is not None
        try:
            bounded = replace(check, time_s=min(check.time_s, LONGEST_S))
            self.bench.run(bounded, lambda ran: self._done(ended, ran))
        except RemitError as error:
            self._conclude(ended, True, f"it could not be run again: {error.message}")

    def lapse(self) -> None:
        """It takes too long: what was observed stands."""
        attempts = self.recorder.state.attempts
        if attempts.confirming:
            why = "Remit's own run did not end in time"
            event = AttemptConfirmed(attempts.number, attempts.check, True, why)
            self.recorder.stage(event)

    def _done(self, ended: AttemptEnded, ran: tuple[CheckRan, ...]) -> None:
        self.recorder.stage(*ran)
        shows, why = confirmed(ended, ran)
        self._conclude(ended, shows, why)

    def _conclude(self, ended: AttemptEnded, shows: bool, why: str) -> None:
        if self.pending:
            self.recorder.stage(AttemptConfirmed(ended.number, ended.check, shows, why))
        self.on_done()

    def _check(self, name: str) -> Check | None:
        contract = self.recorder.state.contract
        checks = contract.evidence.checks if contract else ()
        return next((check for check in checks if check.name == name), None)


def confirmed(ended: AttemptEnded, ran: tuple[CheckRan, ...]) -> tuple[bool, str]:
    """Whether Remit's own run of the check speaks for what was observed, and why. A run that came
    to no result speaks neither way: what was observed stands."""
    if not ran:
        return True, "Remit did not run the check itself"
    last = ran[-1]
    if last.state is CheckState.PASSED:
        return False, "the check passes where Remit runs it on the same tree"
    if last.state is not CheckState.FAILED:
        return True, f"Remit's own run came to no result ({last.state.value})"
    observed = {one.check for one in ended.failing}
    if last.failing and set(last.failing) < set(ended.before):
        return False, "fewer fail where Remit runs the check on the same tree"
    if last.failing and observed.isdisjoint(last.failing):
        return True, "Remit's own run of the check fails too, and names other tests"
    return True, "Remit's own run of the check shows the same"
