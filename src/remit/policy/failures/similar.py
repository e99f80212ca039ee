"""How alike the failures of two runs of one check are, and why, in sentences for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from remit.model.failure import Extent, Failure, Failures, Signature, signature_of

LISTED = 3
"""Failures that one sentence names."""
QUOTED = 120
"""Characters of a message that a sentence quotes."""

_WITHIN = ("::", " > ", " › ")
"""What stands between a file and a test in it."""

_T = TypeVar("_T")


class Verdict(StrEnum):
    SAME = "same"
    SUBSET = "subset"
    """Strictly fewer fail, and none that did not fail before."""
    FURTHER = "further along"
    """What fails failed before; some of it now fails later and for a new reason, none earlier."""
    DIFFERENT = "different"
    UNKNOWN = "unknown"
    """Too little is known of one of them to say more than that they are not equal."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """``similar`` says that the same checks fail with the same error at the same place, whatever
    their messages. ``sentences`` quote the runner, so they are text that is not ours."""

    verdict: Verdict
    similar: bool
    sentences: tuple[str, ...]


def compare(before: Failures, after: Failures) -> Likeness:
    """What became of the failures of ``before``.

    Whether fewer tests were run, or a test was edited, cannot be seen here: it is for the caller
    to hold the verdict against the counts and against the changes of test files.
    """
    pair = _Pair(before, after)
    verdict = _verdict(pair)
    return Likeness(verdict, _similar(pair), _sentences(pair, verdict))


class _Pair:
    """Two runs with their failures sorted by what became of them."""

    def __init__(self, before: Failures, after: Failures) -> None:
        self.before, self.after = before, after
        was, now = _by_check(before), _by_check(after)
        self.gone = [one for check, one in was.items() if check not in now]
        self.new = [one for check, one in now.items() if check not in was]
        self.kept = [(was[check], one) for check, one in now.items() if check in was]
        self.same = [each for each in self.kept if _equal(*each)]
        self.changed = [each for each in self.kept if not _equal(*each)]
        self.further = [each for each in self.changed if 0 < each[0].line < each[1].line]
        self.grown = any(old.times < one.times for old, one in self.kept)
        self.shifted = any(old.line != one.line for old, one in self.same)

    @property
    def collected(self) -> list[Failure]:
        """What newly fails in a file that could not even be loaded before."""
        files = [one.check for one in self.gone if not any(mark in one.check for mark in _WITHIN)]
        starts = tuple(file + mark for file in files for mark in _WITHIN)
        return [one for one in self.new if one.check.startswith(starts)]


def _equal(one: Failure, other: Failure) -> bool:
    return signature_of(one) == signature_of(other)


def _by_check(failures: Failures) -> dict[str, Failure]:
    """One failure a check, whatever order they came in; what fails twice counts twice."""
    found: dict[str, Failure] = {}
    for one in sorted(failures.found, key=lambda one: (*signature_of(one), one.line, one.times)):
        before = found.get(one.check)
        found[one.check] = replace(before, times=before.times + one.times) if before else one
    return found


def _counted(failures: Failures) -> Counter[Signature]:
    counts: Counter[Signature] = Counter()
    for one in failures.found:
        counts[signature_of(one)] += one.times
    return counts


def _total(failures: Failures) -> int:
    return sum(one.times for one in failures.found)


def _verdict(pair: _Pair) -> Verdict:
    before, after = pair.before, pair.after
    if _counted(before) == _counted(after):
        return Verdict.SAME
    if _fewer(pair):
        return Verdict.SUBSET
    if not (before.certain and after.certain) or not (pair.new or pair.changed or pair.grown):
        return Verdict.UNKNOWN
    return Verdict.FURTHER if _further(pair) else Verdict.DIFFERENT


def _fewer(pair: _Pair) -> bool:
    """What was found before may be a part: it did fail, unless it was a guess. What fails now
    must be the whole."""
    extents = (pair.before.extent, pair.after.extent)
    whole = pair.after.extent is Extent.WHOLE or extents == (Extent.STOPPED, Extent.STOPPED)
    sure = pair.before.extent is not Extent.GUESS or not pair.after.found
    fewer = _total(pair.after) < _total(pair.before)
    return fewer and sure and whole and not pair.new and not pair.grown


def _further(pair: _Pair) -> bool:
    """Shifted lines of what fails as before show an edited file: then no line says anything."""
    if pair.shifted or pair.grown or len(pair.new) > len(pair.collected):
        return False
    onward = bool(pair.further or pair.collected)
    return onward and len(pair.further) == len(pair.changed)


def _similar(pair: _Pair) -> bool:
    """R47: check, error and place are equal for all of them."""
    told = [(old.error, old.place) == (one.error, one.place) for old, one in pair.kept]
    return all(told) and bool(told) and not pair.new and not pair.gone


_MEANT = {
    Verdict.SAME: "The same fails in the same way.",
    Verdict.SUBSET: "Strictly less fails, and nothing that did not fail before.",
    Verdict.FURTHER: "The same checks fail, but further along and for a new reason.",
    Verdict.DIFFERENT: "Something else fails, or it fails for another reason.",
    Verdict.UNKNOWN: "It cannot be said how alike the two are.",
}


def _sentences(pair: _Pair, verdict: Verdict) -> tuple[str, ...]:
    if not pair.before.found and not pair.after.found:
        return ("Nothing failed in either run.",)
    if not pair.after.found:
        return (f"Nothing fails any more; before, {_count(pair.before.found)} failed.",)
    told = [
        _MEANT[verdict],
        _told("fails as before", "fail as before", [one for _, one in pair.same], _one),
        _told("fails further along", "fail further along", pair.further, _onward),
        _told("fails otherwise", "fail otherwise", _otherwise(pair), _turned),
        _told("newly fails", "newly fail", pair.new, _one),
        _told("no longer fails", "no longer fail", pair.gone, _one),
        _counts(pair),
        *(f"Of the run {when}: {one.note}" for when, one in _noted(pair)),
    ]
    return tuple(sentence for sentence in told if sentence)


def _otherwise(pair: _Pair) -> list[tuple[Failure, Failure]]:
    return [each for each in pair.changed if each not in pair.further]


def _noted(pair: _Pair) -> list[tuple[str, Failures]]:
    both = (("before", pair.before), ("after", pair.after))
    return [(when, one) for when, one in both if one.note]


def _told(single: str, several: str, what: Sequence[_T], show: Callable[[_T], str]) -> str:
    """ "2 checks fail as before: a; b", with at most :data:`LISTED` of them."""
    if not what:
        return ""
    shown = "; ".join(show(one) for one in what[:LISTED])
    more = f"; and {len(what) - LISTED} more" if len(what) > LISTED else ""
    return f"{_checks(len(what))} {single if len(what) == 1 else several}: {shown}{more}."


def _one(one: Failure) -> str:
    place = f" at {one.place}" if one.place and one.place != one.check else ""
    times = f" ({one.times} times)" if one.times > 1 else ""
    return f"{one.check} with {one.error}{place}{times}"


def _onward(each: tuple[Failure, Failure]) -> str:
    old, one = each
    return f"{one.check} at line {one.line} after line {old.line}, with {_reason(one)}"


def _turned(each: tuple[Failure, Failure]) -> str:
    old, one = each
    return f"{one.check} with {_reason(one)}, before with {_reason(old)}"


def _reason(one: Failure) -> str:
    message = f": {one.message[:QUOTED]}" if one.message else ""
    return f"{one.error}{message}"


def _counts(pair: _Pair) -> str:
    before, after = _total(pair.before), _total(pair.after)
    if before == after or (pair.new and pair.gone):
        return ""
    return f"{abs(before - after)} {'fewer' if after < before else 'more'} than before."


def _count(found: Sequence[Failure]) -> str:
    return _checks(len(found))


def _checks(number: int) -> str:
    return f"{number} check" if number == 1 else f"{number} checks"
