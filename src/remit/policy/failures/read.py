"""What failed in one run of a check, by whichever runners its output plainly shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from remit.model.failure import Extent, Failure, Failures, Reported
from remit.policy.failures.cargo import read_cargo
from remit.policy.failures.compilers import read_compilers
from remit.policy.failures.eslint import read_eslint
from remit.policy.failures.fallback import COMMAND, TIMEOUT, exit_error, guessed
from remit.policy.failures.go import read_go
from remit.policy.failures.jest import read_jest
from remit.policy.failures.junit import read_junit
from remit.policy.failures.mocha import read_mocha
from remit.policy.failures.mypy import read_mypy
from remit.policy.failures.node import read_node
from remit.policy.failures.phpunit import read_phpunit
from remit.policy.failures.pytest import read_pytest
from remit.policy.failures.reading import MOST, Reading, failure
from remit.policy.failures.report import reported
from remit.policy.failures.rspec import read_rspec
from remit.policy.failures.ruff import read_ruff
from remit.policy.failures.text import Output, readable
from remit.policy.failures.tsc import read_tsc
from remit.policy.failures.unittest import read_unittest
from remit.policy.failures.vitest import read_vitest
from remit.policy.results.runners import Runner

_STEP = re.compile(r"make(?:\[\d+\])?: \*\*\* .{1,300} Error \d{1,3}")
_WENT_ON = "not remade because of errors."
_LAST = 5

_Reader = Callable[[Sequence[str]], Reading | None]

_OF: dict[Runner, tuple[_Reader, ...]] = {
    Runner.PYTEST: (read_pytest,),
    Runner.UNITTEST: (read_unittest,),
    Runner.NODE: (read_node,),
    Runner.JEST: (read_jest,),
    Runner.VITEST: (read_vitest,),
    Runner.MOCHA: (read_mocha,),
    Runner.GO: (read_go,),
    Runner.CARGO: (read_cargo,),
    Runner.MAVEN: (read_junit,),
    Runner.GRADLE: (read_junit, read_compilers),
    Runner.RSPEC: (read_rspec,),
    Runner.PHPUNIT: (read_phpunit,),
    Runner.TSC: (read_tsc,),
    Runner.MYPY: (read_mypy,),
    Runner.RUFF: (read_ruff,),
    Runner.ESLINT: (read_eslint,),
}
_ALL = tuple(dict.fromkeys(reader for readers in _OF.values() for reader in readers))
"""Every reader there is: which of them an output is for, they know themselves."""


def failures_in(
    runner: Runner,
    output: str,
    exit_code: int | None,
    report: tuple[Reported, ...] | None = None,
    root: str = "",
) -> Failures:
    """What failed. Never raises; its cost is linear in ``output``, of which only the beginning and
    the end are read.

    ``exit_code`` is None where the command had to be ended. ``report`` are the failing tests of
    its result file, None where there is none. ``root`` is the directory the command ran in: two
    runs in different places are alike only where it is given.
    """
    seen = readable(output, root)
    readings = _readings(runner, seen.lines)
    shown = _once(one for reading in readings for one in reading.found)
    found = _filled(shown, report or (), root)
    if exit_code == 0:
        return _passed(found)
    if not found:
        return _unnamed(readings, seen, exit_code)
    return _known(found, readings, seen, exit_code)


def _readings(runner: Runner, lines: Sequence[str]) -> tuple[Reading, ...]:
    """Of the command's own runner; of all of them where it is unknown or did not come to speak."""
    for readers in (_OF.get(runner, ()), _ALL):
        readings = tuple(one for reader in readers if (one := reader(lines)) is not None)
        if any(reading.found for reading in readings):
            return readings
    return readings


def _once(found: Iterable[Failure]) -> tuple[Failure, ...]:
    """What was told twice in the same words (on both streams, in two reports) once."""
    return tuple(dict.fromkeys(found))


def _filled(
    shown: tuple[Failure, ...], report: tuple[Reported, ...], root: str
) -> tuple[Failure, ...]:
    """What the result file names and the output, perhaps cut, does not show."""
    known = {one.check for one in shown}
    return (*shown, *(reported(one, root) for one in report[:MOST] if one.check not in known))


def _passed(found: tuple[Failure, ...]) -> Failures:
    """A good exit status is the last word here; whether it is believed is for the check."""
    note = "it ended well, though its output shows failures" if found else ""
    return Failures((), Extent.WHOLE, note)


def _unnamed(readings: Sequence[Reading], seen: Output, exit_code: int | None) -> Failures:
    one = guessed(seen.lines, exit_code)
    told = "it names no failure" if readings else "no runner is recognised in its output"
    return Failures((one,), Extent.GUESS, f"{told}; its last error-like lines stand for all")


def _known(
    found: tuple[Failure, ...], readings: Sequence[Reading], seen: Output, exit_code: int | None
) -> Failures:
    if exit_error(exit_code) == TIMEOUT:
        found = (*found, failure(COMMAND, TIMEOUT, "", 0, ""))
    if note := _invented(readings):
        return Failures(found[:MOST], Extent.GUESS, note)
    if note := _lost(found, readings, seen, exit_code):
        return Failures(found[:MOST], Extent.PART, note)
    if any(reading.stopped for reading in readings) or _make_stopped(seen):
        return Failures(found, Extent.STOPPED, "it stopped at its first failures")
    return Failures(found, Extent.WHOLE)


def _invented(readings: Sequence[Reading]) -> str:
    """Why what is shown is not believed: a test can print what looks like a failing test, and
    stop doing so in the next attempt."""
    for reading in readings:
        shown = sum(one.times for one in reading.found)
        if reading.told is not None and reading.told < shown:
            return f"it counts {reading.told} failures and shows {shown}, so none is sure"
    return ""


def _make_stopped(seen: Output) -> bool:
    """Whether make ended at a step that failed, so that what comes after it was not run."""
    failed = any(line.startswith("make") and _STEP.fullmatch(line) for line in seen.lines)
    return failed and not any(line.endswith(_WENT_ON) for line in seen.lines[-_LAST:])


def _lost(
    found: tuple[Failure, ...], readings: Sequence[Reading], seen: Output, exit_code: int | None
) -> str:
    """Why ``found`` may not be all, "" where it is."""
    if exit_error(exit_code) == TIMEOUT:
        return "it had to be ended, so not all of it was run"
    if len(found) > MOST:
        return f"only {MOST} of {len(found)} failures are kept"
    if any(reading.broken_off for reading in readings):
        return "its output ends before the summary it always prints"
    counted = sum(reading.told or 0 for reading in readings if reading.told is not None)
    read = sum(one.times for one in found)
    if any(not reading.whole for reading in readings) and counted != read:
        return f"it counts {counted} failures, {read} could be read"
    if seen.cut and any(reading.told is None for reading in readings):
        return "its output was cut, and it does not say how many failed"
    return ""
