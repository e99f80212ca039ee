"""jest: an entry headed by ● for each failing test, below the FAIL of its file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from remit.model.failure import Failure
from remit.policy.failures.javascript_stack import error_of, frames_of
from remit.policy.failures.reading import MOST, Reading, broken, plain_path
from remit.policy.results.javascript import jest_claims

_FILE = re.compile(r" ?(?:FAIL|PASS) {1,2}(\S.{0,300}?)(?: \([\d.]+ m?s\))?")
_HEAD = re.compile(r"  ● (\S.{0,400})")
_SUITE = "Test suite failed to run"
_END = ("Test Suites: ", "Summary of all failing tests", "Snapshot Summary")
_PARTIAL = re.compile(r"Test Suites: .{0,200}\d+ of \d+ total")


def read_jest(lines: Sequence[str]) -> Reading | None:
    """The failing tests and suites, None where the output is not jest's."""
    text = "\n".join(lines)
    claims = jest_claims(text)
    if not claims and "\n  ● " not in text:
        return None
    found = tuple(
        dict.fromkeys(islice(_entries(lines), 2 * MOST))
    )  # the closing summary tells them once more
    suites = sum(one.message.startswith(_SUITE) for one in found)
    told = claims[-1].failed + suites if claims else None
    stopped = any(_PARTIAL.fullmatch(line) for line in lines)
    return Reading(found, told, stopped, broken_off=not claims) if claims or found else None


def _entries(lines: Sequence[str]) -> Iterator[Failure]:
    file = title = ""
    held: list[str] = []
    for line in lines:
        of_file, head = _FILE.fullmatch(line), _HEAD.fullmatch(line)
        if title and (of_file or head or line.startswith(_END)):
            yield _failure(file, title, held)
            title = ""
        if of_file:
            file = plain_path(of_file[1])
        elif head and not head[1].startswith("Console"):
            title, held = head[1], []
        else:
            held.append(line)
    if title:
        yield _failure(file, title, held)


def _failure(file: str, title: str, lines: Sequence[str]) -> Failure:
    kind, message = error_of(lines)
    if title != _SUITE:
        return broken(f"{file} › {title}", kind, frames_of(lines), file, message)
    kind, message = _in_details(lines) or (kind, message)
    return broken(file, kind, frames_of(lines), file, f"{_SUITE}: {message}")


def _in_details(lines: Sequence[str]) -> tuple[str, str] | None:
    """The error that stands below jest's advice, where it gives any."""
    places = [n for n, line in enumerate(lines) if line.strip() == "Details:"]
    return error_of(lines[places[0] + 1 :]) if places else None
