"""Summaries of pytest and unittest."""

from __future__ import annotations

import re

from remit.policy.results.claim import Claim

_PYTEST = re.compile(
    r"^(?:=+ )?((?:\d+ [a-z ]+?, )*\d+ [a-z ]+?|no tests ran)"
    r" in [\d.]+s(?: \([\d:, day]+\))?(?: =+)?$",
    re.MULTILINE,
)
_COUNT = re.compile(r"(\d+) ([a-z ]+)")
_PYTEST_FAILING = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)
_COLLECTED = re.compile(r"^collected (\d+) items?(.*)$", re.MULTILINE)
_SELECTED = re.compile(r"/ (\d+) selected")
_DESELECTED = re.compile(r"(\d+) deselected")
_INEXACT = ("rerun", "subtests")
_UNITTEST = re.compile(
    r"^Ran (\d+) tests? in [\d.]+s\n\n(OK|FAILED|NO TESTS RAN)(?: \(([a-z=\d, ]+)\))?$",
    re.MULTILINE,
)
_UNITTEST_COUNT = re.compile(r"([a-z ]+)=(\d+)")
_UNITTEST_FAILING = re.compile(r"^(?:FAIL|ERROR|UNEXPECTED SUCCESS): (.+)$", re.MULTILINE)


def pytest_claims(output: str) -> tuple[Claim, ...]:
    """One claim per summary line, in order."""
    failing = tuple(dict.fromkeys(_PYTEST_FAILING.findall(output)))
    return tuple(_pytest_claim(match[1], failing) for match in _PYTEST.finditer(output))


def _pytest_claim(text: str, failing: tuple[str, ...]) -> Claim:
    counts = {name.strip(): int(number) for number, name in _COUNT.findall(text)}
    return Claim(
        passed=counts.get("passed", 0) + counts.get("xpassed", 0),
        failed=sum(counts.get(name, 0) for name in ("failed", "error", "errors")),
        skipped=counts.get("skipped", 0) + counts.get("xfailed", 0),
        failing=failing,
        exact=not any(part in name for name in counts for part in _INEXACT),
    )


def pytest_collected(output: str) -> int | None:
    """How many tests pytest said it would run, None where it did not say."""
    found = _COLLECTED.findall(output)
    if len(found) != 1:
        return None
    number, rest = found[0]
    selected = _SELECTED.search(rest)
    return int(selected[1]) if selected else int(number)


def pytest_deselected(output: str) -> int:
    """How many tests were collected and left out."""
    return sum(int(number) for number in _DESELECTED.findall(" ".join(_rests(output))))


def _rests(output: str) -> list[str]:
    return [rest for _, rest in _COLLECTED.findall(output)]


def unittest_claims(output: str) -> tuple[Claim, ...]:
    failing = tuple(dict.fromkeys(_UNITTEST_FAILING.findall(output)))
    return tuple(_unittest_claim(match, failing) for match in _UNITTEST.finditer(output))


def _unittest_claim(match: re.Match[str], failing: tuple[str, ...]) -> Claim:
    counts = {name.strip(" ,"): int(n) for name, n in _UNITTEST_COUNT.findall(match[3] or "")}
    failed = sum(counts.get(name, 0) for name in ("failures", "errors", "unexpected successes"))
    skipped = counts.get("skipped", 0) + counts.get("expected failures", 0)
    passed = max(0, int(match[1]) - failed - skipped)
    return Claim(passed, failed, skipped, failing)
