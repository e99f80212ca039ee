"""Python's unittest: an entry between two rulers for each failing test."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from remit.model.failure import Failure
from remit.policy.failures.python_trace import python_trace
from remit.policy.failures.reading import Reading, bounded, broken
from remit.policy.results.python import unittest_claims

_HEAD = re.compile(r"(?:FAIL|ERROR): (.{1,400})")
_UNEXPECTED = re.compile(r"UNEXPECTED SUCCESS: (.{1,400})")
_DOUBLE, _SINGLE = "=" * 70, "-" * 70


def read_unittest(lines: Sequence[str]) -> Reading | None:
    """The failing tests, None where the output is not unittest's."""
    claims = unittest_claims("\n".join(lines))
    starts = [n for n, line in enumerate(lines) if line == _DOUBLE]
    if not claims and not starts:
        return None
    found = bounded(
        failure
        for start, end in pairwise([*starts, len(lines)])
        for failure in _entry(lines[start + 1 : end])
    )
    if not claims and not found:
        return None
    told = sum(claim.failed for claim in claims) if claims else None
    return Reading(found, told, broken_off=not claims)


def _entry(lines: Sequence[str]) -> Iterator[Failure]:
    rulers = [n for n, line in enumerate(lines) if line == _SINGLE]
    if lines and (match := _UNEXPECTED.fullmatch(lines[0])):
        yield broken(match[1], "UnexpectedSuccess", (), "", "")
    elif lines and rulers and (match := _HEAD.fullmatch(lines[0])):
        end = rulers[1] if len(rulers) > 1 else len(lines)
        frames, error, message = python_trace(lines[rulers[0] + 1 : end])
        yield broken(match[1], error, frames, "", message)
