"""What Remit answers to a signal. Adapters turn these into the client's own shapes."""

from __future__ import annotations

from dataclasses import dataclass

from remit.model.decision import Decision
from remit.model.ids import CallId


@dataclass(frozen=True, slots=True)
class Proceed:
    """Nothing to say: the signal was recorded."""


@dataclass(frozen=True, slots=True)
class Explain:
    """The call is over; ``message`` tells the agent what its result means."""

    message: str


@dataclass(frozen=True, slots=True)
class Allow:
    """The call may run, without another prompt of the client's."""

    message: str


@dataclass(frozen=True, slots=True)
class Hold:
    """The call may not run. ``message`` is written for the agent."""

    decision: Decision
    message: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """A prompt, a settings change or a payload that is not taken. ``message`` is for a person."""

    message: str


@dataclass(frozen=True, slots=True)
class Wait:
    """No answer yet: a person is asked, or Remit looks for itself. The call stays held until one is
    there, at most ``seconds``; None is as long as the run waits for people."""

    call: CallId
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Defer:
    """The client ends, and asks for this very call once more when it is started again."""

    message: str


@dataclass(frozen=True, slots=True)
class Halt:
    """The call may not run and the turn ends here. ``message`` is written for the agent."""

    message: str


Answer = Proceed | Explain | Allow | Hold | Refuse | Wait | Defer | Halt
