"""Recorded outputs of real runners, what they show to have failed, and how alike they are.

``tests/cases/failures/FAMILY/cases.toml`` has the expectations for the recordings beside it.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from remit.codec.junit import parse_junit
from remit.model.failure import Extent, Failures
from remit.policy.failures import Verdict, compare, failures_in
from remit.policy.results.runners import Runner

CASES = Path(__file__).parents[1] / "cases" / "failures"
ROOT = "/home/dev/project"
EXPECTED = {
    path.parent.name: tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted(CASES.glob("*/cases.toml"))
}
RECORDED = [(family, name) for family, cases in EXPECTED.items() for name in cases["shown"]]
REPORTS = [(path.parent.name, path.stem) for path in sorted(CASES.glob("*/*.xml"))]
PAIRS = [(family, *pair) for family, cases in EXPECTED.items() for pair in cases["pairs"]]


@cache
def recorded(family: str, name: str) -> tuple[int, str]:
    first, _, output = (CASES / family / f"{name}.txt").read_text(encoding="utf-8").partition("\n")
    return int(first.removeprefix("exit ")), output


@cache
def read(family: str, name: str, runner: Runner = Runner.GENERIC) -> Failures:
    exit_code, output = recorded(family, name)
    return failures_in(runner, output, exit_code, root=ROOT)


def told(failures: Failures) -> list[str]:
    return [
        f"{one.check} | {one.error} | {one.place} | {one.line} | {one.message}"
        + (f" | {one.times} times" if one.times > 1 else "")
        for one in failures.found
    ]


@pytest.mark.parametrize(("family", "name"), RECORDED)
def test_a_recording_shows_just_these_failures(family: str, name: str) -> None:
    expected = EXPECTED[family]["shown"][name]
    failures = read(family, name)
    like = expected.get("like")
    found = EXPECTED[family]["shown"][like]["found"] if like else expected["found"]
    assert (failures.extent.value, sorted(told(failures))) == (expected["extent"], sorted(found))


@pytest.mark.parametrize(("family", "before", "after", "verdict"), PAIRS)
def test_two_recordings_are_as_alike_as_a_person_would_say(
    family: str, before: str, after: str, verdict: str
) -> None:
    likeness = compare(read(family, before), read(family, after))
    assert (likeness.verdict.value, bool(likeness.sentences)) == (verdict, True)


@pytest.mark.parametrize(("family", "name"), REPORTS)
def test_a_result_file_tells_the_same_as_the_output(family: str, name: str) -> None:
    report = parse_junit((CASES / family / f"{name}.xml").read_bytes()).failures
    lost = failures_in(Runner.GENERIC, "", 1, report, ROOT)
    whole = read(family, name)
    assert (compare(whole, lost).verdict, lost.extent) == (Verdict.SAME, Extent.WHOLE)


def test_a_result_file_fills_in_what_was_cut_from_the_output() -> None:
    exit_code, output = recorded("pytest", "report")
    report = parse_junit((CASES / "pytest" / "report.xml").read_bytes()).failures
    cut = f"{output[:1200]}\n[2000 bytes left out]\n{output[-900:]}"
    alone = failures_in(Runner.PYTEST, cut, exit_code, root=ROOT)
    filled = failures_in(Runner.PYTEST, cut, exit_code, report, ROOT)
    assert {one.check for one in filled.found} == {one.check for one in read("pytest", "red").found}
    assert (alone.certain, filled.certain) == (True, True)


def test_an_output_whose_middle_is_lost_is_no_proof_of_fewer_failures() -> None:
    exit_code, output = recorded("mypy", "bare")
    lines = output.splitlines()
    cut = "\n".join([*lines[:2], "[400 bytes left out]", *lines[-2:]])
    less = failures_in(Runner.MYPY, cut, exit_code, root=ROOT)
    whole = read("mypy", "bare")
    assert (less.extent, compare(whole, less).verdict) == (Extent.PART, Verdict.UNKNOWN)


@pytest.mark.parametrize(
    ("family", "end"),
    [
        ("pytest", "=== short test"),
        ("unittest", "Ran 5 tests"),
        ("jest", "Test Suites:"),
        ("vitest", " Test Files"),
        ("node", "# tests"),
        ("go", "FAIL\texample.com/shop/stock"),
        ("phpunit", "ERRORS!"),
        ("junit", "[ERROR] Tests run: 4, Failures: 1, Errors: 2, Skipped: 0\n[INFO]"),
    ],
)
def test_a_runner_that_broke_off_before_its_summary_shows_no_fewer_failures(
    family: str, end: str
) -> None:
    """Ended by a crash after its first failures it would look as if the others were mended."""
    exit_code, output = recorded(family, "red")
    assert end in output
    less = failures_in(Runner.GENERIC, output[: output.index(end)], exit_code, root=ROOT)
    assert not less.certain
    more = Failures((*less.found, replace(less.found[0], check="another")), Extent.WHOLE)
    assert compare(more, less).verdict is Verdict.UNKNOWN


def test_a_count_that_is_higher_than_what_could_be_read_makes_it_a_part() -> None:
    exit_code, output = recorded("mypy", "red")
    lost = "\n".join(line for line in output.splitlines() if "[return-value]" not in line)
    less = failures_in(Runner.MYPY, lost, exit_code, root=ROOT)
    assert (less.extent, less.note) == (Extent.PART, "it counts 9 failures, 8 could be read")
    assert compare(read("mypy", "red"), less).verdict is Verdict.UNKNOWN


def test_every_recording_has_an_expectation() -> None:
    files = {(path.parent.name, path.stem) for path in CASES.glob("*/*.txt")}
    assert files == set(RECORDED)
