"""What failed in one run of a check, by whichever runners its output plainly shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from remit.model.failure import Extent, Failure, Failures, Reported
from remit.policy.failures.fallback import COMMAND, TIMEOUT, exit_error, guessed
from remit.policy.failures.pytest import read_pytest
from remit.policy.failures.reading import Reading, failure
from remit.policy.failures.text import Output, readable
from remit.policy.results.runners import Runner

MOST = 200
"""Failures of one run."""

_Reader = Callable[[Sequence[str]], Reading | None]

_OF: dict[Runner, tuple[_Reader, ...]] = {
    Runner.PYTEST: (read_pytest,),
}
_ALL = tuple(dict.fromkeys(reader for readers in _OF.values() for reader in readers))


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
    found = _once(one for reading in readings for one in reading.found)
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
    note = _lost(found, readings, seen, exit_code)
    if note:
        return Failures(found[:MOST], Extent.PART, note)
    if any(reading.stopped for reading in readings):
        return Failures(found, Extent.STOPPED, "it stopped at its first failures")
    return Failures(found, Extent.WHOLE)


def _lost(
    found: tuple[Failure, ...], readings: Sequence[Reading], seen: Output, exit_code: int | None
) -> str:
    """Why ``found`` may not be all, "" where it is."""
    if exit_error(exit_code) == TIMEOUT:
        return "it had to be ended, so not all of it was run"
    if len(found) > MOST:
        return f"only {MOST} of {len(found)} failures are kept"
    for reading in readings:
        if not reading.whole:
            read = sum(one.times for one in reading.found)
            return f"it counts {reading.told} failures, {read} could be read"
    if seen.cut and any(reading.told is None for reading in readings):
        return "its output was cut, and it does not say how many failed"
    return ""
