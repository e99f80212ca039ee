"""What Remit's own run of a check says of a failure that a hook reported."""

from __future__ import annotations

from dataclasses import replace

import pytest

from remit.model.attempt import WHOLE, Gate, Learnt, Weight
from remit.model.attempt_events import AttemptEnded
from remit.model.events import CheckPhase, CheckRan, CheckState
from remit.model.failure import Failure
from remit.services.confirming import confirmed
from remit.testing.builders import BASE, check_ran

ENDED = AttemptEnded(
    number=2,
    call="c1",
    check="tests",
    selection=WHOLE,
    changed=("src/x.py",),
    before=("t.py::a", "t.py::b"),
    failing=(Failure("t.py::a", "E", "", 0, "m"), Failure("t.py::b", "E", "", 0, "m")),
    counts=("t.py::a", "t.py::b"),
    learnt=Learnt.NOTHING,
    weight=Weight.COUNTED,
    count=2,
    gate=Gate.SIMILAR,
    why="",
    message="",
    tree="1",
    confirming=True,
)


def own(state: CheckState, *failing: str) -> tuple[CheckRan, ...]:
    return (replace(check_ran(CheckPhase.DURING, BASE, state), failing=failing),)


@pytest.mark.parametrize(
    ("ran", "stands"),
    [
        (own(CheckState.FAILED, "t.py::a", "t.py::b"), True),
        (own(CheckState.PASSED), False),
        (own(CheckState.FAILED, "t.py::a"), False),
        (own(CheckState.FAILED, "t.py::c"), True),
        (own(CheckState.TIMED_OUT), True),
        (own(CheckState.CANNOT_RUN), True),
        ((), True),
    ],
    ids=["the same", "green", "fewer", "others", "timed out", "cannot run", "not run"],
)
def test_a_failure_stands_unless_our_own_run_speaks_against_it(
    ran: tuple[CheckRan, ...], stands: bool
) -> None:
    assert confirmed(ENDED, ran)[0] is stands
