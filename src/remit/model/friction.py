"""How often a run interrupted people and its agent, and which of that a person calls wrong."""

from __future__ import annotations

from dataclasses import dataclass

from remit.model.untrusted import Untrusted


@dataclass(frozen=True, slots=True)
class Mark:
    """A person's word that Remit decided one call wrongly. It changes no decision."""

    call: str
    held: bool
    """The call was held or asked about, and should not have been; else it was let through."""
    rule: str
    """The rule that decided; empty where no rule spoke."""
    tool: Untrusted
    subject: Untrusted
    by: Untrusted
    established: str
    """How it was established that a person says so."""
    reason: Untrusted
    time_us: int


@dataclass(frozen=True, slots=True)
class Friction:
    """What a run cost people in attention. ``None`` is "not known", never zero."""

    asked: int
    """Requests that were put to a person."""
    answered: int
    median_ms: int | None
    """From the request to the answer; None where nobody answered."""
    instant: int
    """Yeses that came sooner than anybody can have read what was asked for."""
    client_prompts: int | None
    """Questions the client would have put by itself; None where its hooks do not tell."""
    held: int
    """Calls that Remit held or asked about."""
    wrongly_held: int
    wrongly_let_through: int
    marks: tuple[Mark, ...] = ()
    """The first hundred."""
