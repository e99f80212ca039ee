"""What one run of a check by the agent shows, and whether an attempt ends with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remit.model.attempt import WHOLE, Attempts, Thread
from remit.model.attempt_events import CheckObserved, Seen
from remit.model.failure import Extent, Failure
from remit.policy.attempts.recognise import CheckRun, belonging
from remit.policy.failures.read import failures_in
from remit.policy.results.conclude import sums_up_green

_CANNOT_RUN = frozenset({126, 127})


@dataclass(frozen=True, slots=True)
class Shown:
    """How a check came out, as far as that can be told. ``whole`` says that no failure is lost."""

    seen: Seen
    failing: tuple[Failure, ...] = ()
    whole: bool = True


UNCLEAR = Shown(Seen.UNCLEAR)


def shown_by(run: CheckRun, ok: bool, output: str, root: str) -> Shown:
    """What the ``output`` of ``run`` shows, whose command went well or not, in ``root``."""
    exit_code = 0 if ok else _exit_code(output)
    if exit_code in _CANNOT_RUN:
        return UNCLEAR
    if exit_code == 0 and run.ends:
        return Shown(Seen.PASSED)
    failures = failures_in(run.runner, output, exit_code or 1, root=root)
    if failures.extent is Extent.GUESS and not (run.alone and exit_code):
        passed = exit_code == 0 and run.shows_on and sums_up_green(run.runner, output)
        return Shown(Seen.PASSED) if passed else UNCLEAR
    failing = belonging(run, failures.found)
    return Shown(Seen.FAILED, failing, failures.certain) if failing else UNCLEAR


def observe(attempts: Attempts, call: str, run: CheckRun, shown: Shown, tree: str) -> CheckObserved:
    """``tree`` is a digest of what the run changed so far, "" for nothing."""
    thread = attempts.thread(run.check)
    failing = shown.failing if shown.whole else _with_known(shown.failing, thread, run)
    same_tree = tree == thread.tree
    tells = _tells(run, thread, shown.seen)
    return CheckObserved(
        call=call,
        command=run.line,
        check=run.check,
        runner=run.runner.value,
        selection=run.selection,
        seen=shown.seen,
        failing=failing,
        tree=tree,
        tells=tells,
        attempt=bool(run.check) and tells and bool(attempts.changed) and not same_tree,
        flaky=_flaky(thread, run, shown.failing) if tells and same_tree else (),
    )


def _exit_code(output: str) -> int | None:
    """As the client says it of a command that failed: ``Exit code 1`` on a line of its own."""
    first = output.lstrip().partition("\n")[0]
    number = first.removeprefix("Exit code ")
    return int(number) if number != first and number.isascii() and number.isdigit() else None


def _with_known(failing: Sequence[Failure], thread: Thread, run: CheckRun) -> tuple[Failure, ...]:
    """What failed before and is not shown in an output that was cut may fail as it did."""
    now = {one.check for one in failing}
    before = thread.seen.get(run.selection, ())
    return (*failing, *(one for one in before if one.check not in now))


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
