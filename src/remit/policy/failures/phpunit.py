"""PHPUnit: its numbered errors and failures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from remit.model.failure import Failure
from remit.policy.failures.reading import Frame, Reading, bounded, broken, number

_SECTION = re.compile(r"There (?:was|were) \d+ (\w+(?: \w+)?):")
_COUNTED = ("error", "errors", "failure", "failures")
_HEAD = re.compile(r"\d+\) (\S.{0,400})")
_DOX = re.compile(r" ✘ (\S.{0,400}?)(?: {1,3}\d+ ms)?")
_DOX_BODY = " " * 3 + "│"
_FRAME = re.compile(r"(\S.{0,300}?\.php):(\d{1,7})")
_KIND = re.compile(r"([A-Z]\w{0,80}(?:\\\w{1,80}){0,8}): ?(.*)")
_TOLD = re.compile(r"Tests: \d+, Assertions: \d+(.{0,200}?)\.?")
_COUNT = re.compile(r", (?:Errors|Failures): (\d+)")
_ENDS = ("--", "ERRORS!", "FAILURES!", "Tests: ")
_SHOWN = 12
_DOX_MOST = 200


def read_phpunit(lines: Sequence[str]) -> Reading | None:
    """The failing tests, None where the output is not PHPUnit's."""
    summaries = [m[1] for line in lines if (m := _TOLD.fullmatch(line))]
    if not summaries and not any(line.startswith("PHPUnit ") for line in lines):
        return None
    told = sum(int(count) for count in _COUNT.findall(summaries[-1])) if summaries else None
    found = bounded(_entries(lines)) or bounded(_told_as_prose(lines))
    return Reading(found, told, broken_off=not summaries) if found or summaries else None


def _entries(lines: Sequence[str]) -> Iterator[Failure]:
    title, held, counted = "", list[str](), False
    for line in lines:
        section, head = _SECTION.fullmatch(line), _HEAD.fullmatch(line)
        if title and (section or head or line.startswith(_ENDS)):
            if line.startswith("--- "):
                held.append(line)
                continue
            yield _failure(title, held)
            title = ""
        if section:
            counted = section[1] in _COUNTED
        elif head and counted:
            title, held = head[1], []
        else:
            held.append(line)


def _told_as_prose(lines: Sequence[str]) -> Iterator[Failure]:
    """The entries of ``--testdox``: a mark, a sentence, and a body with a bar before it."""
    of = ""
    for place, line in enumerate(lines):
        if match := _DOX.fullmatch(line):
            body = lines[place + 1 : place + 1 + _DOX_MOST]
            end = next((n for n, one in enumerate(body) if not one.startswith(_DOX_BODY)), None)
            told = [one.removeprefix(_DOX_BODY).removeprefix(" ") for one in body[:end]]
            yield _failure(f"{of}: {match[1]}", told)
        elif line and not line.startswith(" "):
            of = line


def _failure(check: str, lines: Sequence[str]) -> Failure:
    frames = [Frame(m[1], number(m[2])) for line in lines if (m := _FRAME.fullmatch(line))][::-1]
    said = [line.strip() for line in lines if line.strip() and not _FRAME.fullmatch(line)]
    match = _KIND.fullmatch(said[0]) if said else None
    kind = match[1].rpartition("\\")[2] if match else "AssertionFailed"
    told = [match[2], *said[1:]] if match else said
    test = check.partition(" with data set ")[0].partition("::")[0].rpartition("\\")[2]
    own = next((frame.path for frame in frames if frame.path.endswith(f"{test}.php")), "")
    return broken(check, kind, frames, own, " ".join(told[:_SHOWN]))
