"""Recorded outputs of real runners, what they show to have failed, and how alike they are.

``tests/cases/failures/FAMILY/cases.toml`` has the expectations for the recordings beside it.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import pytest

from remit.model.failure import Failures
from remit.policy.failures import compare, failures_in
from remit.policy.results.runners import Runner

CASES = Path(__file__).parents[1] / "cases" / "failures"
ROOT = "/home/dev/project"
EXPECTED = {
    path.parent.name: tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted(CASES.glob("*/cases.toml"))
}
RECORDED = [(family, name) for family, cases in EXPECTED.items() for name in cases["shown"]]
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


