"""Stops a run, and says what is recorded of a held call and of the stop that it may be."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from remit.errors import LedgerUnavailable
from remit.model import events as e
from remit.model.decision import Reason
from remit.model.request import ToolCall
from remit.model.state import Phase
from remit.services.recorder import Recorder


@dataclass(slots=True)
class Stopper:
    """Stops one run, once. ``on_stop`` is told of it, ``on_answer`` lets go of calls that wait."""

    recorder: Recorder
    on_stop: Callable[[e.RunStopped], None] = lambda stopped: None
    on_answer: Callable[[], None] = lambda: None

    def stop(self, trigger: e.StopTrigger, message: str, paths: tuple[str, ...]) -> None:
        """Only reading and a closing note are left to the agent."""
        if self.recorder.state.phase not in (Phase.OPEN, Phase.PAUSED):
            return
        stopped = self._stopped(trigger, message, paths)
        self.recorder.stage(stopped)
        self.on_stop(stopped)
        self.on_answer()

    def distrust(self, what: str, call: str) -> None:
        """Stop at something that no honest client would send."""
        self.recorder.stage(e.Forged(what, call))
        self.stop(e.StopTrigger.FORGED, what, ())

    def unrecorded(self, failure: LedgerUnavailable) -> None:
        """The ledger takes no entry: the run stops, and the reserve keeps that it did."""
        if self.recorder.state.phase is not Phase.OPEN:
            return  # the stop is written or owed; to try again would let every call wait for it
        stopped = self._stopped(e.StopTrigger.INTERNAL, failure.message, ())
        with suppress(LedgerUnavailable):  # not even the reserve took it: held all the same
            self.recorder.record_last(stopped)
        self.on_stop(stopped)
        self.on_answer()

    def _stopped(
        self, trigger: e.StopTrigger, message: str, paths: tuple[str, ...]
    ) -> e.RunStopped:
        return e.RunStopped(trigger, message, paths, options_after(trigger, self.recorder))


def pressure_of(call: ToolCall, reason: Reason) -> e.PressureRecorded:
    return e.PressureRecorded(
        call.id, call.actor.name, reason.rule, reason.subject, reason.message, reason.ask
    )


def trigger_of(reason: Reason) -> e.StopTrigger:
    if reason.rule.startswith("repetition."):
        return e.StopTrigger.REPEATED_DENIAL
    if reason.rule.startswith("budget."):
        return e.StopTrigger.BUDGET
    if reason.rule == "attempts.similar-failures":
        return e.StopTrigger.SIMILAR_FAILURES
    if reason.rule.startswith("attempts."):
        return e.StopTrigger.ATTEMPTS
    return e.StopTrigger.ZONE


def options_after(trigger: e.StopTrigger, recorder: Recorder) -> tuple[str, ...]:
    run = recorder.run
    restore = (f"remit rollback {run} --preview",)
    later = (f"remit packet {run}", "start a new run with a narrower or wider contract")
    crossed = trigger is e.StopTrigger.OUT_OF_SCOPE_WRITE
    return (restore + later) if crossed and not recorder.state.in_copy else later


def listed(paths: tuple[str, ...], most: int = 5) -> str:
    more = f" and {len(paths) - most} more" if len(paths) > most else ""
    return ", ".join(paths[:most]) + more
