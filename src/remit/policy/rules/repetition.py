"""The same resource again after two refusals, by whatever route, ends the run."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.decision import Decision, Outcome, Reason
from remit.model.state import RunState

PATIENCE = 2
_OF_THE_RUN = ("phase.", "budget.subagents", "budget.depth", "attempts.")


def repeated(decision: Decision, state: RunState) -> Iterator[Reason]:
    """One stop for each resource that was held :data:`PATIENCE` times and is asked for again.

    What is held because of where the run stands speaks of no resource."""
    if decision.outcome is Outcome.STOP:
        return
    for reason in decision.reasons:
        held = reason.outcome is not Outcome.ALLOW and not reason.rule.startswith(_OF_THE_RUN)
        if held and state.denials.get(reason.subject, 0) >= PATIENCE:
            yield Reason(
                "repetition.denied-again",
                Outcome.STOP,
                reason.subject,
                f"{reason.subject} was held {PATIENCE} times and is asked for again. "
                f"{reason.message}",
                allowed="nothing more in this run: write your closing note",
                ask=reason.ask,
            )
