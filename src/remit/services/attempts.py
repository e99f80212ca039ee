"""Watches the checks that an agent runs, and ends an attempt at each that follows a change.

What a hook reports is an observation: it can close the gate, and Remit's own run of the check has
to show the failure too where that is cheap (``services/confirming``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from remit.model.attempt import CLOSED
from remit.model.attempt_events import AttemptEnded, AttemptNoted
from remit.model.contract import RiskClass
from remit.model.failure import Failure
from remit.model.limits import ATTEMPTS, ATTEMPTS_TOTAL
from remit.model.request import ToolCall
from remit.model.signals import CallFinished
from remit.policy.attempts.judge import Limits, judge
from remit.policy.attempts.notes import Note, fault_of, note_in, taught, telling
from remit.policy.attempts.observe import observe, shown_by
from remit.policy.attempts.recognise import CheckRun, check_run
from remit.policy.attempts.wording import told, told_to_people
from remit.policy.budget_lines import cap_of
from remit.policy.effects import effects_of
from remit.policy.kernel_refusals import texts_of
from remit.services.confirming import Confirming
from remit.services.excerpts import kept_text
from remit.services.recorder import Recorder

_SHELLS = frozenset({"Bash"})
MOST_OUTPUT = 1024 * 1024
"""Characters of a check's output that are read: its end, where runners sum up."""

MOST_FAILING = 500


class Compared(Protocol):
    """The tree, as far as attempts need it."""

    def fingerprint(self) -> str:
        """A digest of what differs from the start of the run."""


@dataclass(slots=True)
class AttemptWatch:
    """The attempts of one run. ``compare`` looks at the tree, ``tell`` shows a line at the
    person's terminal; it holds words of the agent's programs."""

    recorder: Recorder
    tree: Compared
    compare: Callable[[], None]
    tell: Callable[[str], None] = lambda line: None
    confirming: Confirming = field(init=False)

    def __post_init__(self) -> None:
        self.confirming = Confirming(self.recorder)

    def see(self, signal: CallFinished) -> AttemptEnded | None:
        """Stage what ``signal`` shows of a check, and the attempt that ends with it."""
        run = self._run(signal)
        if run is None:
            return None
        self.compare()
        output = "\n".join(texts_of(signal.response))[-MOST_OUTPUT:]
        shown = shown_by(run, signal.ok, output, signal.call.cwd)
        shown = replace(shown, failing=tuple(map(_kept, shown.failing[:MOST_FAILING])))
        attempts, tree = self.recorder.state.attempts, self.tree.fingerprint()
        observed = observe(attempts, signal.call.id, _kept_run(run), shown, tree)
        self.recorder.stage(observed)
        if not observed.attempt:
            return None
        before = self.recorder.state.attempts
        ended = judge(before, observed, self._limits())
        closes = ended.gate in CLOSED and not before.closed
        if closes and self.confirming.can(run.check, signal.duration_ms):
            ended = replace(ended, confirming=True)
        self.recorder.stage(ended)
        self.tell(told_to_people(ended))
        if ended.confirming:
            self.confirming.begin(ended)
        return ended

    def note(self, call: ToolCall) -> None:
        """Stage the note that ``call`` files, if it is one."""
        said, attempts = note_in(call.input.get("command")), self.recorder.state.attempts
        if said is None or call.tool not in _SHELLS:
            return
        kept = Note(*map(kept_text, said))
        fault, empty = fault_of(said, attempts), taught(said, attempts)
        lesson = tuple(sorted(telling(kept.learnt)))
        number = attempts.number
        self.recorder.stage(AttemptNoted(number, *kept, fault, "" if fault else empty, lesson))

    def told(self, ended: AttemptEnded) -> str:
        """What the agent is told of an attempt beside the result of its check; "" for nothing."""
        return told(self.recorder.state.attempts, ended, self._limits().after_first)

    def _run(self, signal: CallFinished) -> CheckRun | None:
        call, contract = signal.call, self.recorder.state.contract
        command = call.input.get("command")
        if contract is None or call.tool not in _SHELLS or not isinstance(command, str):
            return None
        if call.input.get("run_in_background") is True:
            return None
        return check_run(command, effects_of(call), contract)

    def _limits(self) -> Limits:
        state = self.recorder.state
        assert state.contract is not None
        budget, asked = state.contract.budget, state.contract.evidence.attempt_note
        return Limits(
            cap_of(ATTEMPTS, budget, state.extended),
            cap_of(ATTEMPTS_TOTAL, budget, state.extended),
            asked or state.risk is RiskClass.HIGH,
        )


def _kept(failure: Failure) -> Failure:
    """What runners print may hold anything: it is kept as every text of others is."""
    return replace(
        failure,
        check=kept_text(failure.check),
        error=kept_text(failure.error),
        place=kept_text(failure.place),
        message=kept_text(failure.message),
    )


def _kept_run(run: CheckRun) -> CheckRun:
    return run._replace(line=kept_text(run.line), selection=kept_text(run.selection))
