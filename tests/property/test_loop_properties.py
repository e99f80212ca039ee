"""What holds of the loop detector for every session."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from remit.model.loops import LoopKind, LoopLimits
from remit.model.transcript import Outcome, PastCall
from remit.policy.loops.find import find_loops

STOPPABLE = [kind for kind in LoopKind if kind is not LoopKind.REREAD]


def call(
    number: int, arguments: int, result: int, outcome: Outcome = Outcome.OK, error: int = 0
) -> PastCall:
    return PastCall("", "Bash", arguments, number, number, "", 0, 0, result, outcome, error)


calls = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.integers(1, 3),
        st.sampled_from([Outcome.OK, Outcome.OK, Outcome.FAILED, Outcome.DENIED, Outcome.OUTAGE]),
    ),
    max_size=60,
).map(
    lambda rows: [
        call(number, arguments, result, outcome, result if outcome is not Outcome.OK else 0)
        for number, (arguments, result, outcome) in enumerate(rows)
    ]
)


@given(calls)
def test_loops_lie_in_order_inside_the_session(session: list[PastCall]) -> None:
    for loop in find_loops(session, LoopLimits()):
        assert 0 <= loop.first <= loop.warned <= loop.last < len(session)
        assert loop.stopped == -1 or loop.warned <= loop.stopped <= loop.last


@given(calls)
def test_loops_of_one_actor_do_not_overlap(session: list[PastCall]) -> None:
    found = find_loops(session, LoopLimits())
    for one, other in pairwise(found):
        assert one.last < other.first


@given(calls, st.integers(0, 60))
def test_what_comes_later_makes_no_earlier_stop(session: list[PastCall], cut: int) -> None:
    """A gate that saw only the beginning stops where the scan says it would have."""
    whole = [loop.stopped for loop in find_loops(session, LoopLimits()) if loop.stopped >= 0]
    start = [loop.stopped for loop in find_loops(session[:cut], LoopLimits()) if loop.stopped >= 0]
    assert min(start, default=-1) == min([at for at in whole if at < cut], default=-1)


@given(st.lists(st.integers(1, 10**9), unique=True, max_size=60))
def test_calls_that_never_repeat_are_no_loop(arguments: list[int]) -> None:
    session = [call(number, each, number + 1) for number, each in enumerate(arguments)]
    assert find_loops(session, LoopLimits()) == ()


@given(calls, st.integers(1, 5), st.integers(5, 8))
def test_a_cycle_is_found_after_whatever_came_before(
    before: list[PastCall], period: int, times: int
) -> None:
    turn = [(100 + step, 200 + step) for step in range(period)]
    rows = [call(len(before) + n, *turn[n % period]) for n in range(period * times)]
    found = find_loops([*before, *rows], LoopLimits())
    assert any(loop.stopped >= 0 and loop.last == len(before) + len(rows) - 1 for loop in found)


@given(calls)
def test_an_outage_between_calls_changes_no_stop_of_the_others(session: list[PastCall]) -> None:
    lost = [each for each in session if each.outcome is not Outcome.OUTAGE]
    kinds = [(loop.kind, loop.times) for loop in find_loops(session, LoopLimits())]
    assert kinds == [(loop.kind, loop.times) for loop in find_loops(lost, LoopLimits())]


@given(calls)
def test_actors_do_not_mix(session: list[PastCall]) -> None:
    twins = [each._replace(actor=f"a{number}") for number, each in enumerate(session)]
    assert find_loops(twins, LoopLimits()) == ()
