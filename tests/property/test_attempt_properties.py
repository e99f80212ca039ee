"""Laws of the gate, for any order of changes, checks and results."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from remit.model.attempt import WHOLE, Attempts, Weight
from remit.model.attempt_events import AttemptEnded, CheckObserved, Seen
from remit.model.failure import Failure
from remit.policy.attempts.judge import Limits, judge
from remit.policy.attempts.observe import Shown, observe
from remit.policy.attempts.recognise import CheckRun
from remit.policy.results.runners import Runner

TESTS = ("t.py::a", "t.py::b", "t.py::c")
LIMITS = Limits(2, None, note=False)
RUN = CheckRun("tests", "python -m pytest", Runner.PYTEST, WHOLE, (), True, True, True)


@st.composite
def results(draw: st.DrawFn) -> tuple[Failure, ...]:
    names = draw(st.sets(st.sampled_from(TESTS)))
    messages = st.sampled_from(("one", "two"))
    return tuple(
        Failure(name, "E", "", draw(st.integers(0, 3)), draw(messages)) for name in sorted(names)
    )


steps = st.lists(st.tuples(st.booleans(), results()), max_size=14)


def follow(
    done: list[tuple[bool, tuple[Failure, ...]]],
) -> list[tuple[Attempts, CheckObserved, AttemptEnded | None]]:
    """Each step: whether the tree was changed before the check, and what failed in it."""
    attempts, tree, seen = Attempts(), 0, []
    for changes, failing in done:
        if changes:
            tree += 1
            attempts = attempts.tree_changed(["src/x.py"])
        shown = Shown(Seen.FAILED if failing else Seen.PASSED, failing)
        observed = observe(attempts, "c", RUN, shown, str(tree) if tree else "")
        attempts = attempts.observed(observed)
        ended = judge(attempts, observed, LIMITS) if observed.attempt else None
        attempts = attempts.ended(ended) if ended else attempts
        seen.append((attempts, observed, ended))
    return seen


@given(steps)
def test_an_attempt_needs_a_change(done: list[tuple[bool, tuple[Failure, ...]]]) -> None:
    changed = False
    for (changes, _), (_, _, ended) in zip(done, follow(done), strict=True):
        changed = changes
        assert ended is None or changed


@given(steps)
def test_a_gate_that_is_closed_stays_closed(done: list[tuple[bool, tuple[Failure, ...]]]) -> None:
    closed = False
    for attempts, _, _ in follow(done):
        assert attempts.closed or not closed
        closed = attempts.closed


@given(steps)
def test_the_gate_closes_only_on_an_attempt_that_counts(
    done: list[tuple[bool, tuple[Failure, ...]]],
) -> None:
    closed = False
    for attempts, _, ended in follow(done):
        if attempts.closed and not closed:
            assert ended is not None
            assert ended.weight is Weight.COUNTED
        closed = attempts.closed


@given(steps)
def test_no_more_than_three_tries_in_a_row_teach_nothing(
    done: list[tuple[bool, tuple[Failure, ...]]],
) -> None:
    for attempts, _, ended in follow(done):
        if ended is not None and ended.count > 3:
            assert attempts.closed


@given(steps, st.randoms())
def test_the_order_in_which_failures_are_told_plays_no_part(
    done: list[tuple[bool, tuple[Failure, ...]]], random: object
) -> None:
    turned = [(changes, failing[::-1]) for changes, failing in done]
    ways = [
        [
            replace(one, failing=(), counts=(), before=(), why="", message="") if one else None
            for _, _, one in follow(way)
        ]
        for way in (done, turned)
    ]
    assert ways[0] == ways[1]


@given(st.integers(2, 12))
def test_what_fails_less_each_time_is_never_held(count: int) -> None:
    names = [f"t.py::{n}" for n in range(count)]
    done = [
        (True, tuple(Failure(name, "E", "", 0, "m") for name in names[n:])) for n in range(1, count)
    ]
    first = (False, tuple(Failure(name, "E", "", 0, "m") for name in names))
    assert not any(attempts.closed for attempts, _, _ in follow([first, *done]))
