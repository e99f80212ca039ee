"""Watches the checks that an agent runs, and ends an attempt at each that follows a change.

What a hook reports is an observation: it can close the gate, and Remit's own run of the check has
to show the failure too where that is cheap (``services/confirming``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from remit.model.attempt import CLOSED, WHOLE, Thread
from remit.model.attempt_events import AttemptEnded, CheckObserved, Seen
from remit.model.contract import Contract
from remit.model.failure import Failure
from remit.model.limits import ATTEMPTS
from remit.model.signals import CallFinished
from remit.policy.attempts.judge import Limits, judge
from remit.policy.attempts.recognise import CheckRun, belonging, check_run
from remit.policy.attempts.wording import told
from remit.policy.budget_lines import cap_of
from remit.policy.effects import effects_of
from remit.policy.failures.read import failures_in
from remit.policy.kernel_refusals import texts_of
from remit.policy.results.conclude import sums_up_green
from remit.services.confirming import Confirming
from remit.services.excerpts import kept_text
from remit.services.recorder import Recorder

_SHELLS = frozenset({"Bash"})
_CANNOT_RUN = frozenset({126, 127})
MOST_OUTPUT = 1024 * 1024
"""Characters of a check's output that are read: its end, where runners sum up."""

MOST_FAILING = 500


class Compared(Protocol):
    """The tree, as far as attempts need it."""

    def fingerprint(self) -> str:
        """A digest of what differs from the start of the run."""


@dataclass(slots=True)
class AttemptWatch:
    """The attempts of one run. ``compare`` looks at the tree."""

    recorder: Recorder
    tree: Compared
    compare: Callable[[], None]
    confirming: Confirming = field(init=False)

    def __post_init__(self) -> None:
        self.confirming = Confirming(self.recorder)

    def see(self, signal: CallFinished) -> AttemptEnded | None:
        """Stage what ``signal`` shows of a check, and the attempt that ends with it."""
        run = self._run(signal)
        if run is None:
            return None
        self.compare()
        observed = self._observed(signal, run)
        self.recorder.stage(observed)
        if not observed.attempt:
            return None
        before = self.recorder.state.attempts
        ended = judge(before, observed, self._limits())
        closes = ended.gate in CLOSED and not before.closed
        if closes and self.confirming.can(run.check, signal.duration_ms):
            ended = replace(ended, confirming=True)
        self.recorder.stage(ended)
        if ended.confirming:
            self.confirming.begin(ended)
        return ended

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

    def _observed(self, signal: CallFinished, run: CheckRun) -> CheckObserved:
        state = self.recorder.state.attempts
        thread, tree = state.thread(run.check), self.tree.fingerprint()
        seen, failing = _shown(signal, run)
        same_tree = tree == thread.tree
        tells = _tells(run, thread, seen)
        return CheckObserved(
            call=signal.call.id,
            command=kept_text(run.line),
            check=run.check,
            runner=run.runner.value,
            selection=kept_text(run.selection),
            seen=seen,
            failing=failing,
            tree=tree,
            tells=tells,
            attempt=bool(run.check) and tells and bool(state.changed) and not same_tree,
            flaky=_flaky(thread, run, failing) if tells and same_tree else (),
        )

    def _limits(self) -> Limits:
        state = self.recorder.state
        assert state.contract is not None
        return limits_of(state.contract, cap_of(ATTEMPTS, state.contract.budget, state.extended))


def limits_of(contract: Contract, after_first: int | None) -> Limits:
    return Limits(after_first, contract.budget.attempts_total, contract.evidence.attempt_note)


def _shown(signal: CallFinished, run: CheckRun) -> tuple[Seen, tuple[Failure, ...]]:
    """How the check came out, as far as what stands around it lets that be told."""
    output = "\n".join(texts_of(signal.response))[-MOST_OUTPUT:]
    exit_code = 0 if signal.ok else _exit_code(output)
    failures = failures_in(run.runner, output, exit_code)
    failing = tuple(_kept(one) for one in belonging(run, failures.found)[:MOST_FAILING])
    if failing:
        return Seen.FAILED, failing
    if failures.found or exit_code in _CANNOT_RUN:
        return Seen.UNCLEAR, ()
    if exit_code == 0 and (run.ends or (run.shows_on and sums_up_green(run.runner, output))):
        return Seen.PASSED, ()
    return Seen.UNCLEAR, ()


def _kept(failure: Failure) -> Failure:
    """What runners print may hold anything: it is kept as every text of others is."""
    return replace(
        failure,
        check=kept_text(failure.check),
        error=kept_text(failure.error),
        place=kept_text(failure.place),
        message=kept_text(failure.message),
    )


def _exit_code(output: str) -> int | None:
    """As the client says it of a command that failed: ``Exit code 1`` on a line of its own."""
    first = output.lstrip().partition("\n")[0]
    number = first.removeprefix("Exit code ")
    return int(number) if number != first and number.isascii() and number.isdigit() else None


def _tells(run: CheckRun, thread: Thread, seen: Seen) -> bool:
    """Tests that pass and never failed say nothing of those that did."""
    if seen is Seen.UNCLEAR:
        return False
    return seen is Seen.FAILED or run.selection == WHOLE or run.selection in thread.seen


def _flaky(thread: Thread, run: CheckRun, failing: Sequence[Failure]) -> tuple[str, ...]:
    """What fails now and passed in the same tree before, or the other way round."""
    before = thread.seen.get(run.selection)
    if before is None or bool(before) == bool(failing):
        return ()
    return tuple(sorted(one.check for one in (*before, *failing)))
