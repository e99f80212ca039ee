"""What one observed run of a check shows beside the one before: fewer failing, further, or not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from remit.model.attempt import Learnt, Thread
from remit.model.failure import Failure
from remit.policy.zones import is_goalpost

_STOPS_EARLY = re.compile(
    r"(?:^| )(?:-x|--exitfirst|--maxfail=?1?|--bail|-failfast|--fail-fast|-f)\b"
)


@dataclass(frozen=True, slots=True)
class Progress:
    """``failing`` is what counts of the failures: without what was just ``added`` and what is
    ``flaky``. ``gone`` failed before and does not now, ``fresh`` the other way round."""

    failing: tuple[Failure, ...]
    added: tuple[str, ...]
    flaky: tuple[str, ...]
    gone: tuple[str, ...]
    fresh: tuple[str, ...]
    learnt: Learnt


def progress(
    thread: Thread,
    selection: str,
    failing: Sequence[Failure],
    changed: frozenset[str],
    flaky: frozenset[str],
    command: str = "",
) -> Progress:
    """``failing`` beside what ``thread`` knows of the same tests. ``changed`` are the paths that
    changed in between, ``command`` is what ran them."""
    before = {one.check: one for one in _before(thread, selection, failing)}
    now = {one.check: one for one in failing}
    vanished = [one for check, one in before.items() if check not in now]
    added = tuple(
        check
        for check, one in now.items()
        if check not in before and _is_new(one, thread, changed) and not _renamed(one, vanished)
    )
    shaky = tuple(check for check in now if check in flaky)
    counted = tuple(one for one in failing if one.check not in added and one.check not in flaky)
    renamed = [one for one in counted if one.check not in before and _renamed(one, vanished)]
    gone = tuple(one.check for one in vanished if not _renamed(one, renamed))
    known = before.keys() | {one.check for one in renamed}
    fresh = tuple(one.check for one in counted if one.check not in known)
    learnt = _learnt(before, counted, gone, fresh, changed)
    if learnt is Learnt.NOTHING and _stopped_later(command, thread, counted, before, fresh):
        learnt = Learnt.FURTHER
    return Progress(counted, added, shaky, gone, fresh, learnt)


def _before(thread: Thread, selection: str, failing: Iterable[Failure]) -> Iterable[Failure]:
    """What was known of the same tests. Of tests that were not run together before only those that
    fail now can be compared."""
    if selection in thread.seen:
        return thread.seen[selection]
    now = {one.check for one in failing}
    known = (one for way in thread.seen.values() for one in way)
    return [one for one in known if one.check in now]


def _is_new(failure: Failure, thread: Thread, changed: frozenset[str]) -> bool:
    """Whether the test that fails was written or edited just now."""
    if failure.check in thread.known:
        return False
    return any(_is_of(failure, path) for path in changed if is_goalpost(path))


def _is_of(failure: Failure, path: str) -> bool:
    named = (failure.check, failure.place)
    return any(
        text == path or text.startswith((f"{path}::", f"{path}:", f"{path} ")) for text in named
    )


def _renamed(failure: Failure, others: Iterable[Failure]) -> bool:
    """Whether one of ``others`` is the same failure under another name."""
    return any(
        other.error and (other.error, other.message) == (failure.error, failure.message)
        for other in others
    )


def _learnt(
    before: dict[str, Failure],
    now: Sequence[Failure],
    gone: Sequence[str],
    fresh: Sequence[str],
    changed: frozenset[str],
) -> Learnt:
    if fresh:
        return Learnt.NOTHING
    if gone:
        return Learnt.FEWER
    pairs = [(before[one.check], one) for one in now if one.check in before]
    further = any(_is_further(was, one, changed) for was, one in pairs)
    back = any(_is_further(one, was, changed) for was, one in pairs)
    return Learnt.FURTHER if further and not back else Learnt.NOTHING


def _is_further(was: Failure, now: Failure, changed: frozenset[str]) -> bool:
    """The same check fails later for a new reason; lines of a check that was edited say nothing."""
    if any(_is_of(now, path) for path in changed if is_goalpost(path)):
        return False
    return now.line > was.line > 0 and (now.error, now.message) != (was.error, was.message)


def _stopped_later(
    command: str,
    thread: Thread,
    now: Sequence[Failure],
    before: dict[str, Failure],
    fresh: Sequence[str],
) -> bool:
    """A run that ends at its first failure came to one that was never seen."""
    if not _STOPS_EARLY.search(command) or not before or not now:
        return False
    return len(fresh) == len(now) and not thread.ever.intersection(fresh)
