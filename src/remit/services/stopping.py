"""What is recorded of a held call, and of the stop that a held call may be."""

from __future__ import annotations

from remit.model import events as e
from remit.model.decision import Reason
from remit.model.request import ToolCall
from remit.services.recorder import Recorder


def pressure_of(call: ToolCall, reason: Reason) -> e.PressureRecorded:
    return e.PressureRecorded(
        call.id, call.actor.name, reason.rule, reason.subject, reason.message, reason.ask
    )


def trigger_of(reason: Reason) -> e.StopTrigger:
    if reason.rule.startswith("repetition."):
        return e.StopTrigger.REPEATED_DENIAL
    if reason.rule.startswith("budget."):
        return e.StopTrigger.BUDGET
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
