"""``cargo test``: a block for each failing test, and what could not be compiled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from remit.model.failure import Failure
from remit.policy.failures.compilers import read_compilers
from remit.policy.failures.reading import Frame, Reading, bounded, broken, number
from remit.policy.results.compiled import cargo_claims

_HEAD = re.compile(r"---- (\S.{0,300}?) std(?:out|err) ----")
_PANICKED = re.compile(r"thread '.{0,300}?' (?:\(\d+\) )?panicked at (\S.{0,300}?):(\d{1,7}):\d+:")
_OLDER = re.compile(r"thread '.{0,300}?' panicked at '(.{0,600})', (\S{1,300}):(\d{1,7}):\d+")
_CALL = re.compile(r" +\d+: (?:0x[0-9a-f]+ - )?(\S.{0,300})")
_AT = re.compile(r" +at (\S{1,300}?):(\d{1,7}):\d+")
_ENDS = ("stack backtrace:", "note: ", "failures:")
_RERUN = "error: test failed, to rerun pass"
_ALL = re.compile(r"error: \d+ targets? failed:")
_SHOWN = 4


def read_cargo(lines: Sequence[str]) -> Reading | None:
    """The failing tests, None where the output is not of ``cargo test``."""
    claims = cargo_claims("\n".join(lines))
    built = read_compilers(lines)
    rust = built and any(line.startswith("error: could not compile ") for line in lines)
    if not claims and not rust:
        return None
    found = bounded(_entries(lines))
    if built and rust:
        return Reading((*found, *built.found))
    stopped = any(line.startswith(_RERUN) for line in lines)
    stopped = stopped and not any(_ALL.fullmatch(line) for line in lines)
    return Reading(found, sum(claim.failed for claim in claims), stopped)


def _entries(lines: Sequence[str]) -> Iterator[Failure]:
    title, held = "", list[str]()
    for line in lines:
        match = _HEAD.fullmatch(line)
        if title and (match or line == "failures:"):
            yield _failure(title, held)
            title = ""
        if match:
            title, held = match[1], []
        else:
            held.append(line)
    if title:
        yield _failure(title, held)


def _failure(check: str, lines: Sequence[str]) -> Failure:
    for place, line in enumerate(lines):
        if match := _PANICKED.fullmatch(line):
            said = " ".join(_said(lines[place + 1 :]))
            return _panic(check, Frame(match[1], number(match[2])), said, lines)
        if match := _OLDER.fullmatch(line):
            return _panic(check, Frame(match[2], number(match[3])), match[1], lines)
    return broken(check, "error", (), "", " ".join(line.strip() for line in lines[:_SHOWN]))


def _said(lines: Sequence[str]) -> Iterator[str]:
    for line in lines[:_SHOWN]:
        if not line or line.startswith(_ENDS):
            return
        yield line.strip()


def _panic(check: str, at: Frame, message: str, lines: Sequence[str]) -> Failure:
    """With a backtrace the test's own frame says how far it came. Without one only an assertion
    does, for it mostly stands in the test: code and tests share their files."""
    frames = [frame for frame in _frames(lines) if frame.function == check.rpartition(":")[2]]
    if not frames and message.startswith("assertion "):
        frames = [at]
    line = frames[-1].line if frames else 0
    return broken(check, "panic", (Frame(at.path, line),), at.path, message)


def _frames(lines: Sequence[str]) -> Iterator[Frame]:
    call = ""
    for line in lines:
        if match := _CALL.fullmatch(line):
            call = match[1].rpartition(":")[2]
        elif match := _AT.fullmatch(line):
            yield Frame(match[1], number(match[2]), call)
