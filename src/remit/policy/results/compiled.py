"""Summaries of ``go test`` and ``cargo test``: one per package or binary, always added up."""

from __future__ import annotations

import re

from remit.policy.results.claim import Claim, total

_GO_TEST = re.compile(r"^ *--- (PASS|FAIL|SKIP): (\S+)", re.MULTILINE)
_GO_RESULT = re.compile(r"^(ok  |FAIL)\t(\S+)[\t ](.+)$", re.MULTILINE)
_GO_NOTHING = ("no test files", "no tests to run")
_CARGO = re.compile(
    r"^test result: (?:ok|FAILED)\. (\d+) passed; (\d+) failed; (\d+) ignored;", re.MULTILINE
)
_CARGO_FAILING = re.compile(r"^test (\S+)(?: - .+)? \.\.\. FAILED$", re.MULTILINE)


def go_claims(output: str) -> tuple[Claim, ...]:
    """How many passed is known only with ``-v``; a package that ran counts as something."""
    packages = _GO_RESULT.findall(output)
    if not packages and "[no test files]" not in output:
        return ()
    tests = _GO_TEST.findall(output)
    failing = tuple(dict.fromkeys(name for state, name in tests if state == "FAIL"))
    ran = [word.strip() for word, _, rest in packages if not any(n in rest for n in _GO_NOTHING)]
    failed = max(len(failing), ran.count("FAIL"))
    skipped = sum(state == "SKIP" for state, _ in tests)
    passed = sum(state == "PASS" for state, _ in tests)
    known = passed if passed or not ran else None
    return (Claim(known, failed, skipped, failing),)


def cargo_claims(output: str) -> tuple[Claim, ...]:
    found = [tuple(int(n) for n in match) for match in _CARGO.findall(output)]
    if not found:
        return ()
    added = total(tuple(Claim(passed, failed, skipped) for passed, failed, skipped in found))
    failing = tuple(dict.fromkeys(_CARGO_FAILING.findall(output)))
    return (Claim(added.passed, added.failed, added.skipped, failing),)
