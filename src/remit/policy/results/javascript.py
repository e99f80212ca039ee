"""Summaries of node's own runner, jest, vitest and mocha."""

from __future__ import annotations

import re

from remit.policy.results.claim import Claim

_NODE = re.compile(
    r"^[#ℹ] pass (\d+)\n[#ℹ] fail (\d+)\n[#ℹ] cancelled (\d+)\n"
    r"[#ℹ] skipped (\d+)\n[#ℹ] todo (\d+)$",
    re.MULTILINE,
)
_NODE_FAILING = re.compile(r"^ *not ok \d+ - (?!.*# (?:TODO|SKIP))(.+)$", re.MULTILINE)
_NODE_SPEC_FAILING = re.compile(r"^ *✖ (.+?) \([\d.]+ms\)$", re.MULTILINE)
_JEST = re.compile(r"^Tests: +(\S.*), (\d+) total$", re.MULTILINE)
_JEST_FAILING = re.compile(r"^  ● (.+ › .+)$", re.MULTILINE)
_VITEST = re.compile(r"^ *Tests +(\S.*) \((\d+)\)$", re.MULTILINE)
_VITEST_NONE = re.compile(r"^ *Tests +no tests$", re.MULTILINE)
_VITEST_FAILING = re.compile(r"^ *FAIL +(\S.* > .+)$", re.MULTILINE)
_COUNT = re.compile(r"(\d+) ([a-z]+)")
_MOCHA = re.compile(r"^ +(\d+) passing(?: \([^)\n]*\))?$", re.MULTILINE)
_MOCHA_OTHER = re.compile(r"^ +(\d+) (failing|pending)$", re.MULTILINE)
_MOCHA_FAILING = re.compile(r"^ +\d+\) (.+)$", re.MULTILINE)


def node_claims(output: str) -> tuple[Claim, ...]:
    names = _NODE_FAILING.findall(output) + _NODE_SPEC_FAILING.findall(output)
    failing = tuple(dict.fromkeys(names))
    claims = []
    for match in _NODE.finditer(output):
        passed, failed, cancelled, skipped, todo = (int(group) for group in match.groups())
        claims.append(Claim(passed, failed + cancelled, skipped + todo, failing))
    return tuple(claims)


def jest_claims(output: str) -> tuple[Claim, ...]:
    failing = tuple(dict.fromkeys(_JEST_FAILING.findall(output)))
    return tuple(_listed(match[1], failing) for match in _JEST.finditer(output))


def vitest_claims(output: str) -> tuple[Claim, ...]:
    failing = tuple(dict.fromkeys(_VITEST_FAILING.findall(output)))
    found = [_listed(match[1], failing) for match in _VITEST.finditer(output)]
    found.extend(Claim(0, 0, 0) for _ in _VITEST_NONE.finditer(output))
    return tuple(found)


def _listed(text: str, failing: tuple[str, ...]) -> Claim:
    counts = {name: int(number) for number, name in _COUNT.findall(text)}
    skipped = counts.get("skipped", 0) + counts.get("todo", 0)
    return Claim(counts.get("passed", 0), counts.get("failed", 0), skipped, failing)


def mocha_claims(output: str) -> tuple[Claim, ...]:
    """Mocha says ``failing`` and ``pending`` in lines of their own after ``passing``."""
    places = list(_MOCHA.finditer(output))
    failing = tuple(dict.fromkeys(_MOCHA_FAILING.findall(output)))
    claims = []
    for number, match in enumerate(places):
        until = places[number + 1].start() if number + 1 < len(places) else len(output)
        other = {name: int(n) for n, name in _MOCHA_OTHER.findall(output, match.end(), until)}
        failed = other.get("failing", 0)
        names = failing if failed else ()
        claims.append(Claim(int(match[1]), failed, other.get("pending", 0), names))
    return tuple(claims)
