"""RSpec: its numbered failures, and files that could not be loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from remit.model.failure import Failure
from remit.policy.failures.reading import Frame, Reading, bounded, broken, number

_HEAD = re.compile(r"  \d+\) (\S.{0,400})")
_LOADING = re.compile(r"An error occurred (?:while loading|in an?) (\S.{0,300}?)\.?")
_FRAME = re.compile(r" *# (\S{1,300}?):(\d{1,7})(?::in [`'](.{0,200})')?")
_KIND = re.compile(r" *([A-Z]\w{0,80}(?:::\w{1,80}){0,8}):")
_TOLD = re.compile(
    r"(\d+) examples?, (\d+) failures?(?:, \d+ pending)?"
    r"(?:, (\d+) errors? occurred outside of examples)?"
)
_ENDS = ("Finished in ", "Failed examples:", "Top ", "No examples found.")
_SHOWN = 6


def read_rspec(lines: Sequence[str]) -> Reading | None:
    """The failing examples and files, None where the output is not RSpec's."""
    told = [int(m[2]) + int(m[3] or 0) for line in lines if (m := _TOLD.fullmatch(line))]
    if not told:
        return None
    return Reading(bounded(_entries(lines)), told[-1])


def _entries(lines: Sequence[str]) -> Iterator[Failure]:
    title, held, started = "", list[str](), False
    for line in lines:
        started = started or line == "Failures:"
        match = (_HEAD.fullmatch(line) if started else None) or _LOADING.fullmatch(line)
        if title and (match or line.startswith(_ENDS)):
            yield _failure(title, held)
            title = ""
        if match:
            title, held = match[1].removeprefix("./"), []
        else:
            held.append(line)


def _failure(check: str, lines: Sequence[str]) -> Failure:
    frames = [
        Frame(m[1], number(m[2]), _function(m[3] or ""))
        for line in lines
        if (m := _FRAME.fullmatch(line))
    ][::-1]
    said = [line for line in lines if line.strip() and not _FRAME.fullmatch(line)]
    said = said[1:] if said and said[0].lstrip().startswith("Failure/Error:") else said
    kinds = [n for n, line in enumerate(said) if _KIND.fullmatch(line)]
    kind = said[kinds[0]].strip(" :") if kinds else "ExpectationNotMet"
    told = said[kinds[0] + 1 :] if kinds else said
    return broken(check, kind, frames, "", " ".join(line.strip() for line in told[:_SHOWN]))


def _function(name: str) -> str:
    """A method's name; a block of an example is none."""
    return "" if name.startswith(("block ", "<")) else name.rpartition("#")[2]
