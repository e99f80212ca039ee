"""A held call in words, for an agent and a person alike."""

from __future__ import annotations

from dataclasses import dataclass

from remit.model.decision import Decision, Outcome
from remit.policy.rules.wording import short


@dataclass(frozen=True, slots=True)
class Said:
    """What is known of a person's answer: why they refused, or which requests they may answer."""

    refused: str = ""
    open: frozenset[str] = frozenset()


NOTHING_SAID = Said()


def held_text(decision: Decision, said: Said = NOTHING_SAID) -> str:
    """What was held and why, what is allowed instead, how to ask, and not to try again.

    One text: the agent reads it in the answer of its hook, a person from ``remit explain``.
    """
    first = decision.reasons[0]
    lines = [f"A person refused this: {short(said.refused, 500)}"] if said.refused else []
    lines.append(f"{first.message} [{first.rule}]")
    if first.allowed:
        lines.append(f"Allowed instead: {first.allowed}")
    if said.open:
        lines.append(_open(said.open))
    elif first.ask and not said.refused:
        lines.append(f"To get it, tell the person in your closing note: {first.ask}")
    if decision.outcome is Outcome.STOP:
        lines.append("The run is stopped. Do not call further tools; write a closing note.")
    else:
        lines.append("Do not repeat this by another route; go on with the rest of the task.")
    return "\n".join(lines)


def _open(requests: frozenset[str]) -> str:
    named, first = " and ".join(sorted(requests)), min(requests)
    return (
        f"Open as request {named}: a person can answer it from another terminal, "
        f"remit grant {first}; name it in your closing note"
    )
