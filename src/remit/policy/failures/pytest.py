"""pytest: its FAILURES and ERRORS sections in every traceback style, and its short summary."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from remit.model.failure import Failure
from remit.policy.failures.python_trace import error_and_message, python_frames, python_trace
from remit.policy.failures.reading import MOST, Frame, Reading, bounded, broken, number
from remit.policy.results.python import pytest_claims

_SECTION = re.compile(r"={3,} (.{1,200}) ={3,}")
_TITLE = re.compile(r"_{3,} (.{1,400}) _{3,}|_ (\S.{1,400}) _")
_LOCATION = re.compile(r"([^\s:][^:]{0,300}):(\d{1,7}):(?: (.{0,200}))?")
_DEF = re.compile(r"(?:[> ] {3,})?(?:async )?def (\w+)\(")
_SUMMARY = re.compile(r"(?:FAILED|ERROR|SUBFAILED\S*) (\S.*)")
_STOPPED = re.compile(r"!{3,} stopping after \d+ failures !{3,}")
_SETUP = ("ERROR at setup of ", "ERROR at teardown of ")
_COLLECTING = "ERROR collecting "
_WORDS = ("= FAILURES =", "= ERRORS =", "= short test summary info =")
_EXPLAINED = 3


def read_pytest(lines: Sequence[str]) -> Reading | None:
    """The failing tests, None where the output is not pytest's."""
    text = "\n".join(lines)
    claims = pytest_claims(text)
    if not claims and not any(word in text for word in _WORDS):
        return None
    sections = dict(_sections(lines))
    entries = [*_entries(sections.get("ERRORS", ())), *_entries(sections.get("FAILURES", ()))]
    told = claims[-1].failed if claims else None
    stopped = any(_STOPPED.fullmatch(line) for line in lines)
    summary = sections.get("short test summary info") or _loose_summary(lines)
    bare = [*sections.get("ERRORS", ()), *sections.get("FAILURES", ())]
    found = bounded(_matched(entries, summary, bare))
    return Reading(found, told, stopped, broken_off=not claims)


@dataclass(frozen=True, slots=True)
class _Entry:
    title: str
    lines: tuple[str, ...]


def _sections(lines: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    name, held = "", list[str]()
    for line in lines:
        if line.startswith("===") and (match := _SECTION.fullmatch(line)):
            yield name, held
            name, held = match[1], []
        else:
            held.append(line)
    yield name, held


def _loose_summary(lines: Sequence[str]) -> list[str]:
    """The summary's lines where its heading is lost."""
    return [line for line in lines if line.startswith(("FAILED ", "ERROR ")) and "::" in line]


def _entries(lines: Iterable[str]) -> Iterator[_Entry]:
    title, held = "", list[str]()
    for line in lines:
        if line.startswith("_") and "_ _ _" not in line and (match := _TITLE.fullmatch(line)):
            if title:
                yield _Entry(title, tuple(held))
            title, held = match[1] or match[2], []
        else:
            held.append(line)
    if title:
        yield _Entry(title, tuple(held))


def _matched(
    entries: Sequence[_Entry], summary: Sequence[str], section: Sequence[str]
) -> Iterator[Failure]:
    """Entries and lines of the summary put together: the one has the stack, the other the id."""
    titles = {_subject(entry.title) for entry in entries}
    lines = [match[1] for line in summary[: 2 * MOST] if (match := _SUMMARY.fullmatch(line))]
    ids: dict[str, deque[tuple[str, str]]] = defaultdict(deque)
    for check, message in (_told(line, titles) for line in lines):
        ids[_title(check)].append((check, message))
    for entry in entries:
        named = ids[_subject(entry.title)]
        yield _failure(entry, named.popleft()[0] if named else "")
    left = [one for waiting in ids.values() for one in waiting]
    yield from _without_entries(left, section)


def _subject(title: str) -> str:
    for before in (*_SETUP, _COLLECTING):
        title = title.removeprefix(before)
    return title


def _title(check: str) -> str:
    """How an entry would be headed: ``file.py::Class::test`` is ``Class.test``."""
    plain, bracket, parameters = check.partition("[")
    _, _, inner = plain.partition("::")
    return (inner.replace("::", ".") or plain) + bracket + parameters


def _told(rest: str, titles: set[str]) -> tuple[str, str]:
    """(id, message) of a summary line. Both may hold " - ", so what is headed somewhere wins."""
    parts = rest.split(" - ", 12)
    tries = [" - ".join(parts[:n]) for n in range(1, len(parts) + 1)]
    known = next((one for one in tries if _title(one) in titles), "")
    check = known or next((one for one in tries if one.count("[") == one.count("]")), tries[0])
    return check, rest[len(check) + 3 :]


def _failure(entry: _Entry, check: str) -> Failure:
    subject = _subject(entry.title)
    frames, error, message = _broken(entry.lines)
    if not check:
        file = subject if entry.title.startswith(_COLLECTING) or not frames else frames[0].path
        check = file if file == subject else f"{file}::{subject.replace('.', '::')}"
    return broken(check, error, frames, check.partition("::")[0], message)


def explained(check: str, lines: Sequence[str]) -> Failure:
    """The failure of a test from the text that pytest gives of it, in whatever style."""
    frames, error, message = _broken(lines)
    return broken(check, error, frames, check.partition("::")[0], message)


def _broken(lines: Sequence[str]) -> tuple[list[Frame], str, str]:
    """(stack, error type, message) of an entry."""
    if any(line.startswith("Traceback (most recent call last)") for line in lines):
        return python_trace(lines)
    frames: list[Frame] = []
    marked: list[str] = []
    function = error = ""
    for line in lines:
        if match := _DEF.match(line):
            function = match[1]
        elif line.startswith("E ") or line == "E":
            marked.append(line[1:].strip())
        elif match := _LOCATION.fullmatch(line):
            named = match[3] or ""
            if named.startswith("in "):
                function = named[3:]
            elif named:
                error = named
            known = "" if function == "<module>" else function
            frames.append(Frame(match[1], number(match[2]), known))
            function = ""
    return [*frames, *python_frames(marked)], *_explanation(marked, error)


def _explanation(marked: list[str], error: str) -> tuple[str, str]:
    """(error type, message) of the lines marked E. ``error`` is what the location names."""
    told = [line for line in marked if line and not line.startswith(("Use -v", "Full diff"))]
    if not told:
        return error or "error", ""
    if python_frames(told):
        told = told[-1:]  # source that could not be read is shown before its error
    kind, first = error_and_message(told[0])
    if not kind:
        kind = error or ("AssertionError" if first.startswith("assert") else "error")
    return kind.rpartition(".")[2], " ".join([first, *told[1:_EXPLAINED]])


def _without_entries(told: Iterable[tuple[str, str]], section: Sequence[str]) -> Iterator[Failure]:
    """What only the summary names: with ``--tb=no``, or ``--tb=line`` with its bare locations."""
    places = [match for line in section if (match := _LOCATION.fullmatch(line))][: 2 * MOST]
    for check, message in told:
        file = check.partition("::")[0]
        at = next((m for m in places if message.removesuffix("...") in (m[3] or "")), None)
        if at is not None:
            places.remove(at)
        frames = [Frame(at[1], number(at[2]))] if at else [Frame(file, 0)]
        kind, said = error_and_message(at[3] if at else message)
        kind = kind or ("AssertionError" if said.startswith("assert") else "error")
        yield broken(check, kind.rpartition(".")[2], frames, file, said)
