"""vitest: an entry headed by FAIL for each failing test; equal errors share one body."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from remit.model.failure import Failure
from remit.policy.failures.javascript_stack import error_of, frames_of
from remit.policy.failures.reading import Reading, bounded, broken
from remit.policy.results.javascript import vitest_claims

_HEAD = re.compile(r" *FAIL {1,4}(\S.{0,400})")
_SUITE = re.compile(r"(\S.{0,300}?) \[ \S.{0,300} \]")
_PROJECT = re.compile(r"\|[^|]{1,60}\| ")
_TESTS = re.compile(r" +Tests +(\S.{0,200}) \((\d{1,9})\)")
_COUNT = re.compile(r"\d{1,9}")
_TOLD_SUITES = re.compile(r"⎯+ Failed Suites (\d+) ⎯+")


def read_vitest(lines: Sequence[str]) -> Reading | None:
    """The failing tests and suites, None where the output is not vitest's."""
    claims = vitest_claims("\n".join(lines))
    found = (
        bounded(_entries(lines)) if claims or any(line.startswith("⎯") for line in lines) else ()
    )
    if not claims and not found:
        return None
    suites = sum(int(m[1]) for line in lines if (m := _TOLD_SUITES.fullmatch(line.strip())))
    stopped = any(_partial(m) for line in lines if (m := _TESTS.fullmatch(line)))
    told = claims[-1].failed + suites if claims else None
    return Reading(found, told, stopped, broken_off=not claims)


def _partial(tests: re.Match[str]) -> bool:
    """Whether its summary counts tests that it did not run."""
    return sum(int(count) for count in _COUNT.findall(tests[1])) < int(tests[2])


def _entries(lines: Sequence[str]) -> Iterator[Failure]:
    heads: list[str] = []
    held: list[str] = []
    for line in lines:
        if match := _HEAD.fullmatch(line):
            if held:
                heads, held = [], []
            heads.append(_PROJECT.sub("", match[1], count=1))
        elif heads and line.startswith("⎯"):
            yield from (_failure(head, held) for head in heads)
            heads, held = [], []
        elif heads:
            held.append(line)


def _failure(head: str, lines: Sequence[str]) -> Failure:
    kind, message = error_of(lines)
    suite = _SUITE.fullmatch(head)
    check = suite[1] if suite else head
    return broken(check, kind, frames_of(lines), check.partition(" > ")[0], message)
