"""mocha: after "N failing", a numbered entry for each, its title over several lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from remit.model.failure import Failure
from remit.policy.failures.javascript_stack import error_of, frames_of
from remit.policy.failures.reading import Reading, bounded, broken

_FAILING = re.compile(r" +(\d+) failing")
_HEAD = re.compile(r" +\d+\) (\S.{0,400})")
_TITLES = 12
"""Suites one in another that a title may name."""
_DIFF_LEGEND = "+ expected - actual"


def read_mocha(lines: Sequence[str]) -> Reading | None:
    """The failing tests and hooks, None where the output is not mocha's."""
    places = [(n, m) for n, line in enumerate(lines) if (m := _FAILING.fullmatch(line))]
    if not places:
        return None
    found = bounded(_entries(lines[places[0][0] + 1 :]))
    return Reading(found, sum(int(match[1]) for _, match in places))


def _entries(lines: Sequence[str]) -> Iterator[Failure]:
    held: list[str] = []
    for line in lines:
        if match := _HEAD.fullmatch(line):
            if held:
                yield _failure(held)
            held = [match[1]]
        elif held:
            held.append(line)
    if held:
        yield _failure(held)


def _failure(lines: Sequence[str]) -> Failure:
    ends = (n for n, line in enumerate(lines[:_TITLES]) if line.endswith(":"))
    end = next(ends, 0) + 1
    title = " ".join(line.strip() for line in lines[:end]).removesuffix(":")
    body = [line for line in lines[end:] if line.strip() != _DIFF_LEGEND]
    kind, message = error_of(body)
    return broken(title, kind, frames_of(body), "", message)
