"""What a check showed: exit status, summary and result file must tell the same story."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from remit.model.events import CheckRan, CheckState, TestCounts
from remit.policy.results.claim import Claim, total
from remit.policy.results.compiled import cargo_claims, go_claims
from remit.policy.results.javascript import (
    jest_claims,
    mocha_claims,
    node_claims,
    vitest_claims,
)
from remit.policy.results.missing import missing_thing
from remit.policy.results.python import (
    pytest_claims,
    pytest_collected,
    pytest_deselected,
    unittest_claims,
)
from remit.policy.results.runners import Runner

_READERS: dict[Runner, Callable[[str], tuple[Claim, ...]]] = {
    Runner.PYTEST: pytest_claims,
    Runner.UNITTEST: unittest_claims,
    Runner.NODE: node_claims,
    Runner.JEST: jest_claims,
    Runner.VITEST: vitest_claims,
    Runner.MOCHA: mocha_claims,
    Runner.GO: go_claims,
    Runner.CARGO: cargo_claims,
}
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LINE_LIMIT = 2000
_FAILING_LIMIT = 200
_LISTED_LIMIT = 10
PYTEST_NOTHING = 5
"""pytest's exit status where it ran no test."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen of one run of a check's command.

    ``output`` is what was kept of it. ``report`` is the result file where one was asked for
    (``report_asked``) and written; ``report_fault`` why it could not be read.
    """

    runner: Runner
    exit_code: int | None
    signal: int | None
    timed_out: bool
    output: str
    fault: str = ""
    report_asked: bool = False
    report: Claim | None = None
    report_fault: str = ""


@dataclass(frozen=True, slots=True)
class Conclusion:
    state: CheckState
    counts: TestCounts | None
    failing: tuple[str, ...]
    notes: tuple[str, ...]


def conclude(observed: Observed, before: CheckRan | None = None) -> Conclusion:
    """The state of the check. ``before`` is the same check at the start commit, where it ran."""
    if observed.runner not in _READERS:  # nothing of its summary is known: its status speaks
        observed = replace(observed, runner=Runner.GENERIC)
    output = _plain_text(observed.output)
    claims = _claims(observed.runner, output)
    if observed.timed_out:
        return _plain(CheckState.TIMED_OUT, claims, ())
    if observed.fault:
        return _plain(CheckState.CONTRADICTED, claims, (observed.fault,))
    if not claims and (what := missing_thing(observed.exit_code, output)):
        return _plain(CheckState.CANNOT_RUN, (), (f"missing: {what}",))
    contradictions = _contradictions(observed, claims, output, before)
    best = observed.report or _one(observed.runner, claims)
    notes = (*contradictions, *_notes(observed, best, output, before))
    state = CheckState.CONTRADICTED if contradictions else _state(observed, best)
    failing = best.failing[:_FAILING_LIMIT] if best else ()
    return Conclusion(state, best.counts if best else None, failing, notes)


def _plain_text(output: str) -> str:
    """Without colours, and with no line so long that reading it could take long."""
    lines = _ANSI.sub("", output).replace("\r\n", "\n").split("\n")
    return "\n".join(line[:_LINE_LIMIT] for line in lines)


def _plain(state: CheckState, claims: tuple[Claim, ...], notes: tuple[str, ...]) -> Conclusion:
    best = total(claims) if claims else None
    return Conclusion(state, best.counts if best else None, best.failing if best else (), notes)


def _claims(runner: Runner, output: str) -> tuple[Claim, ...]:
    if runner is not Runner.GENERIC:
        return _READERS[runner](output)
    return tuple(claim for read in _READERS.values() for claim in read(output))


def _one(runner: Runner, claims: tuple[Claim, ...]) -> Claim | None:
    if not claims:
        return None
    return total(claims) if runner is Runner.GENERIC else claims[-1]


def _state(observed: Observed, best: Claim | None) -> CheckState:
    if observed.exit_code != 0 or _nothing_passed(best):
        return CheckState.FAILED
    return CheckState.PASSED


def _nothing_passed(best: Claim | None) -> bool:
    return best is not None and best.passed == 0


def _contradictions(
    observed: Observed, claims: tuple[Claim, ...], output: str, before: CheckRan | None
) -> tuple[str, ...]:
    """Why a good exit status is not believed. A bad one is a failure whatever else is said."""
    if observed.exit_code != 0:
        return ()
    found = [
        *_silence(observed, claims, before),
        *_failures_told(observed, claims),
        *_against_report(observed, claims),
        *_against_collected(observed, claims, output),
    ]
    return tuple(f"contradicted: {why}" for why in found)


def _silence(observed: Observed, claims: tuple[Claim, ...], before: CheckRan | None) -> list[str]:
    found = []
    plain = observed.runner is not Runner.GENERIC
    if plain and not claims:
        found.append(f"exit 0, but {observed.runner.value} printed no summary")
    if not plain and not claims and before is not None and before.counts is not None:
        found.append("exit 0, but the test summary it printed at the start commit is gone")
    if plain and len({(claim.passed, claim.failed, claim.skipped) for claim in claims}) > 1:
        found.append("its output holds summaries that differ")
    if observed.report_fault:
        found.append(f"its result file is unreadable: {observed.report_fault}")
    elif observed.report_asked and observed.report is None:
        found.append("exit 0, but the result file it was asked for is missing")
    return found


def _failures_told(observed: Observed, claims: tuple[Claim, ...]) -> list[str]:
    found = []
    if any(claim.failed for claim in claims):
        found.append("exit 0, but its summary counts failing tests")
    if observed.report and observed.report.failed:
        found.append("exit 0, but its result file names failing tests")
    return found


def _against_report(observed: Observed, claims: tuple[Claim, ...]) -> list[str]:
    report = observed.report
    if report is None or not claims or not claims[-1].exact:
        return []
    said, written = claims[-1].counts, report.counts
    if said == written or said is None or written is None:
        return []
    return [
        f"its summary says {_counted(said)}, its result file {_counted(written)}",
    ]


def _against_collected(observed: Observed, claims: tuple[Claim, ...], output: str) -> list[str]:
    if observed.runner is not Runner.PYTEST or not claims or not claims[-1].exact:
        return []
    collected, counts = pytest_collected(output), claims[-1].counts
    if collected is None or counts is None:
        return []
    ran = counts.passed + counts.failed + counts.skipped
    if collected == ran:
        return []
    return [f"it collected {collected} tests, its summary counts {ran}"]


def _counted(counts: TestCounts) -> str:
    return f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped"


def _notes(
    observed: Observed, best: Claim | None, output: str, before: CheckRan | None
) -> tuple[str, ...]:
    notes = [*_nothing(observed, best)]
    if observed.signal is not None:
        notes.append(f"ended by signal {observed.signal}")
    if observed.exit_code and best and not best.failed and best.passed:
        notes.append(f"exit {observed.exit_code}, though no test is counted as failing")
    if observed.runner is Runner.PYTEST and (left_out := pytest_deselected(output)):
        notes.append(f"{left_out} tests deselected")
    if best and before is not None:
        notes.extend(_against_before(best, before))
    return tuple(notes)


def _nothing(observed: Observed, best: Claim | None) -> list[str]:
    if best is None:
        empty = observed.runner is Runner.PYTEST and observed.exit_code == PYTEST_NOTHING
        return ["no tests ran"] if empty else []
    if best.passed == 0 and not best.failed:
        return [f"no test passed: {best.skipped} skipped" if best.skipped else "no tests ran"]
    return []


def _against_before(best: Claim, before: CheckRan) -> list[str]:
    notes = []
    if best.counts is not None and before.counts is not None:
        fewer = _size(before.counts) - _size(best.counts)
        if fewer > 0:
            notes.append(f"{fewer} fewer tests than at the start commit")
    if best.ids is not None:
        gone = [name for name in before.failing if not _still_there(name, best.ids)]
        notes.extend(f"vanished: {name}" for name in gone[:_LISTED_LIMIT])
    return notes


def _still_there(name: str, ids: frozenset[str]) -> bool:
    """Whether a test still exists; a module that failed as a whole lives on in its tests."""
    return name in ids or any(other.startswith(f"{name}::") for other in ids)


def _size(counts: TestCounts) -> int:
    return counts.passed + counts.failed + counts.skipped


def sums_up_green(runner: Runner, output: str) -> bool:
    """Whether the last summary that ``runner`` printed tells of tests that passed and of none that
    failed."""
    reader = _READERS.get(runner)
    claims = reader(_ANSI.sub("", output)) if reader else ()
    return bool(claims) and not claims[-1].failed and bool(claims[-1].passed)
