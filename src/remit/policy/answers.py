"""A held call in words, for an agent and a person alike."""

from __future__ import annotations

from dataclasses import dataclass

from remit.model.decision import Decision, Outcome
from remit.model.grant import ItemKind
from remit.policy.grants import COUNTED
from remit.policy.rules.wording import short


@dataclass(frozen=True, slots=True)
class Said:
    """What is known of a person's answer: why they refused, or which requests they may answer, and
    the command that grants the first of them."""

    refused: str = ""
    open: frozenset[str] = frozenset()
    grant: str = ""


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
        lines.append(_open(said))
    elif first.ask and not said.refused:
        lines.append(f"To get it, tell the person in your closing note: {first.ask}")
    if decision.outcome is Outcome.STOP:
        lines.append("The run is stopped. Do not call further tools; write a closing note.")
    else:
        lines.append("Do not repeat this by another route; go on with the rest of the task.")
    return "\n".join(lines)


def _open(said: Said) -> str:
    return (
        f"Open as request {' and '.join(sorted(said.open))}: a person can answer it from another "
        f"terminal, {said.grant}; name it in your closing note"
    )


def smallest_grant(request: str, kind: ItemKind, renews: str) -> str:
    """The command that grants ``request`` and nothing more: a person adds why. ``renews`` is the
    grant for the same item that was there before, "" where there was none."""
    end = "--uses 1" if kind in COUNTED else "--until end"
    shown = " --shown-by CALL" if renews else ""
    return f'remit grant {request} {end}{shown} --reason "…"'
