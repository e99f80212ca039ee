"""A held call in words, for an agent and a person alike."""

from __future__ import annotations

from remit.model.decision import Decision, Outcome


def held_text(decision: Decision) -> str:
    """What was held and why, what is allowed instead, how to ask, and not to try again.

    One text: the agent reads it in the answer of its hook, a person from ``remit explain``.
    """
    first = decision.reasons[0]
    lines = [f"{first.message} [{first.rule}]"]
    if first.allowed:
        lines.append(f"Allowed instead: {first.allowed}")
    if first.ask:
        lines.append(f"To get it, tell the person in your closing note: {first.ask}")
    if decision.outcome is Outcome.STOP:
        lines.append("The run is stopped. Do not call further tools; write a closing note.")
    else:
        lines.append("Do not repeat this by another route; go on with the rest of the task.")
    return "\n".join(lines)
