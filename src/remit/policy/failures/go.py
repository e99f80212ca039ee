"""``go test``: what each failing test logged, panics, packages that could not be built."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from remit.model.failure import Failure
from remit.policy.failures.compilers import read_compilers
from remit.policy.failures.reading import Frame, Reading, bounded, broken, failure, number

_STATE = re.compile(r" *--- (FAIL|PASS|SKIP): (\S{1,300}) \([\d.]+s\)")
_NOW = re.compile(r"=== (?:RUN|NAME|CONT|PAUSE) +(\S{1,300})")
_PACKAGE = re.compile(r"(FAIL|ok  )\t(\S{1,300})(?:\s.*)?")
_LOG = re.compile(r" {4,}([^\s:]{1,200}\.go):(\d{1,7}): (.*)")
_PANIC = re.compile(r"(?:panic|fatal error): (.{1,600}?)(?: \[recovered\].*)?")
_CALL = re.compile(r"(\S{1,300}?)\((.*)\)")
_AT = re.compile(r"\t(\S{1,300}):(\d{1,7})(?: \+0x[0-9a-f]+)?")
_BUILD, _RACE, _TIMED_OUT = "[build failed]", "WARNING: DATA RACE", "test timed out"
_SHOWN = 3
_DEEPEST = 12


def read_go(lines: Sequence[str]) -> Reading | None:
    """The failing tests, panics and builds, None where the output is not of ``go test``."""
    if not any(line.startswith(("FAIL\t", "ok  \t", "--- FAIL: ")) for line in lines):
        return None
    packages = tuple(_packages(lines))
    found = bounded(one for package in packages for one in package.failures())
    built = read_compilers(lines)
    broken_off = not all(package.name for package in packages)
    return Reading((*found, *(built.found if built else ())), broken_off=broken_off)


@dataclass(slots=True)
class _Package:
    """What a package printed before the line that names it."""

    name: str = ""
    built: bool = True
    failed: bool = False
    failing: list[str] = field(default_factory=list)
    logs: dict[str, list[re.Match[str]]] = field(default_factory=dict)
    panic: str = ""
    frames: list[Frame] = field(default_factory=list)

    def failures(self) -> Iterator[Failure]:
        parents = {parent for test in self.failing for parent in _parents(test)}
        leaves = [test for test in self.failing if test in self.logs or test not in parents]
        for test in leaves:
            yield self._of(test)
        if self.panic and (not leaves or _TIMED_OUT in self.panic):
            yield self._panicked(self.name or "go test")
        elif self.failed and self.built and not leaves:
            yield failure(self.name, "FAIL", "", 0, "")

    def _of(self, test: str) -> Failure:
        check = f"{self.name}.{test}".lstrip(".")
        said = self.logs.get(test, [])
        if self.panic and test == self.failing[-1] and _TIMED_OUT not in self.panic:
            return self._panicked(check)
        last = said[-1] if said else None
        place = f"{last[1]}::{test.partition('/')[0]}" if last else ""
        message = " ".join(log[3] for log in said[-_SHOWN:])
        return failure(check, "FAIL", place, number(last[2]) if last else 0, message)

    def _panicked(self, check: str) -> Failure:
        test = check.rpartition(".")[2].partition("/")[0]
        own = next((f.path for f in self.frames if f.ours and f.function == test), "")
        kind = "timeout" if _TIMED_OUT in self.panic else "panic"
        return broken(check, kind, self.frames[::-1], own, self.panic)


def _parents(test: str) -> Iterator[str]:
    """The tests that fail through ``test`` alone, unless they say more."""
    parts = test.split("/")[:_DEEPEST]
    return ("/".join(parts[:n]) for n in range(1, len(parts)))


def _packages(lines: Sequence[str]) -> Iterator[_Package]:
    package, now, call = _Package(), "", ""
    for line in lines:
        if match := _PACKAGE.fullmatch(line):
            package.name, package.failed = match[2], match[1] == "FAIL"
            package.built = _BUILD not in line
            yield package
            package, now = _Package(), ""
        elif match := _STATE.fullmatch(line):
            now = match[2]
            if match[1] == "FAIL":
                package.failing.append(now)
        elif match := _NOW.fullmatch(line):
            now = match[1]
        elif match := _LOG.fullmatch(line):
            package.logs.setdefault(now, []).append(match)
        elif not package.panic and (match := _PANIC.fullmatch(line)):
            package.panic = match[1]
        elif package.panic and (match := _AT.fullmatch(line)):
            package.frames.append(Frame(match[1], number(match[2]), call))
        elif package.panic and (match := _CALL.fullmatch(line)):
            call = match[1].rpartition("/")[2].partition(".")[2]
    if package.failing or package.panic:
        yield package
