"""Which connections may leave a run, and what is recorded of them.

Like the authority it only narrows: hosts come from the frozen contract, and what arrives here
can end the run, not widen it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from remit.errors import LedgerUnavailable
from remit.model import events as e
from remit.model.decision import Outcome, Reason
from remit.model.request import AGENT
from remit.model.state import Phase
from remit.policy.hosts import Destination
from remit.policy.rules.network import crossing
from remit.policy.rules.repetition import PATIENCE
from remit.services.authorize import Authority

MOST_DENIED = 200
"""Different places a run may be denied before it is ended: a program that tries them all."""


@dataclass(slots=True)
class Border:
    """The border of one run. ``providers`` serve the model and are reached by the model door
    alone; ``login`` are hosts the client itself needs to stay signed in."""

    authority: Authority
    hosts: tuple[str, ...]
    providers: tuple[str, ...] = ()
    login: tuple[str, ...] = ()
    _denied: dict[str, frozenset[str]] = field(default_factory=dict)
    """Denied places, each with the calls in flight when it was asked for."""

    @property
    def is_open(self) -> bool:
        """Whether anything may leave: not after a stop."""
        return self.authority.recorder.state.phase is Phase.OPEN

    def ask(self, place: Destination) -> Reason:
        """The answer to a program that wants to connect to ``place``; a denial is durable when
        this returns."""
        if not self.is_open:
            over = "This run of Remit is stopped, so nothing leaves it any more."
            return Reason("network.run-stopped", Outcome.DENY, str(place), over)
        hosts = (*self.hosts, *self.authority.approvals.granted_hosts(), *self.login)
        reason = crossing(place, hosts, self.providers)
        if reason.outcome is not Outcome.ALLOW and self._is_new(reason.subject):
            self._deny(reason)
        return reason

    def ended(self, connection: e.EgressConnected) -> None:
        """Take a connection down; durable with the next :meth:`commit`."""
        self.authority.recorder.stage(connection)

    def commit(self) -> None:
        """Make durable what was taken down. A ledger that takes nothing stops the run."""
        try:
            self.authority.commit()
        except LedgerUnavailable as failure:
            self.authority.unrecorded(failure)

    def _is_new(self, subject: str) -> bool:
        """Whether this is another attempt, rather than a program that tries again by itself:
        one call, or the time between calls, is one attempt."""
        calls = self.authority.recorder.state.in_flight
        known = self._denied.get(subject)
        self._denied[subject] = calls | (known or frozenset())
        return known is None or not calls <= known

    def _deny(self, reason: Reason) -> None:
        state = self.authority.recorder.state
        held_before = state.denials.get(reason.subject, 0)
        call = next(iter(state.in_flight)) if len(state.in_flight) == 1 else ""
        self.authority.recorder.stage(
            e.PressureRecorded(
                call, AGENT.name, reason.rule, reason.subject, reason.message, reason.ask
            )
        )
        if held_before >= PATIENCE:
            message = f"{reason.subject} was held {PATIENCE} times and is asked for again"
            self.authority.stop(e.StopTrigger.REPEATED_DENIAL, message, (reason.subject,))
        elif len(self._denied) > MOST_DENIED:
            message = f"more than {MOST_DENIED} hosts outside the contract were tried"
            self.authority.stop(e.StopTrigger.REPEATED_DENIAL, message, ())
        self.commit()
