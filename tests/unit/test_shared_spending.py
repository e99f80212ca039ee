"""Day and month limits over several runs: no two of them spend the same money."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from remit.codec.policy_file import parse_policy
from remit.errors import InvalidDocument, LedgerUnavailable
from remit.model.account import Amount
from remit.model.allowance import REPOSITORY, USER, Allowance, Period
from remit.model.ids import RunId
from remit.model.policy import PolicyLayer
from remit.policy.layers import merge
from remit.services.purse import Purse
from remit.storage.shared_spending import NAME, Cap, SharedSpending

DAY = Cap(USER, "2026-11-23", 100_000)
GREEDY = """
import sys
from pathlib import Path
from remit.storage.shared_spending import Cap, SharedSpending
shared, cap = SharedSpending(Path(sys.argv[1])), Cap("user", "2026-11-23", 100_000)
print(sum(shared.hold(sys.argv[2], {f"m{n}": 1000}, [cap]) is None for n in range(100)))
"""


def us(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp() * 1e6)  # type: ignore[arg-type, misc]


def test_runs_at_the_same_time_hold_no_more_than_there_is(tmp_path: Path) -> None:
    words = [sys.executable, "-c", GREEDY, str(tmp_path)]
    made = [
        subprocess.Popen([*words, f"run{n}"], stdout=subprocess.PIPE, text=True) for n in range(4)
    ]
    held = sum(int(process.communicate(timeout=60)[0]) for process in made)
    assert held == 100
    shared = SharedSpending(tmp_path)
    assert shared.taken(USER, DAY.period) == 100_000
    assert shared.hold("late", {"m1": 1}, [DAY]) == DAY


def test_what_was_held_and_not_spent_is_there_for_others(tmp_path: Path) -> None:
    shared = SharedSpending(tmp_path)
    assert shared.hold("one", {"m1": 100_000}, [DAY]) is None
    assert shared.hold("two", {"m1": 1}, [DAY]) == DAY
    shared.settle("one", "m1", 40_000)
    assert shared.hold("two", {"m1": 60_000}, [DAY]) is None
    assert shared.hold("two", {"m1": 60_001}, [DAY]) == DAY
    assert shared.taken(USER, DAY.period) == 100_000


def test_a_hold_counts_in_one_day_alone_when_midnight_passes(tmp_path: Path) -> None:
    shared = SharedSpending(tmp_path)
    tomorrow = DAY._replace(period="2026-11-24")
    shared.hold("one", {"m1": 10}, [DAY])
    shared.hold("one", {"m1": 30}, [tomorrow])
    shared.settle("one", "m1", 20)
    assert (shared.taken(USER, DAY.period), shared.taken(USER, tomorrow.period)) == (0, 20)


def test_a_cap_that_does_not_cover_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    shared = SharedSpending(tmp_path)
    own = Cap("/repository", DAY.period, 10)
    assert shared.hold("one", {"m1": 11}, [DAY, own]) == own
    assert shared.taken(USER, DAY.period) == 0


def test_a_day_begins_where_the_policy_says(tmp_path: Path) -> None:
    shared = SharedSpending(tmp_path)
    clock = [us(2026, 11, 23, 22, 30)]
    allowances = (
        Allowance(USER, Period.DAY, 100, "Europe/Zurich"),
        Allowance("/repository", Period.MONTH, 150, "UTC"),
    )
    purse = Purse(shared, RunId("one"), allowances, lambda: clock[0])
    assert purse.hold({"m1": Amount(100, 0)}) == ""
    assert purse.hold({"m2": Amount(1, 0)}) == "$0.0001 a day by this user are used up"
    clock[0] = us(2026, 11, 23, 23, 30)
    assert purse.hold({"m2": Amount(50, 0)}) == ""
    assert purse.hold({"m3": Amount(1, 0)}) == "$0.0001 a month in this repository are used up"
    assert shared.taken(USER, "2026-11-24") == 50


def test_a_damaged_file_is_no_leave_to_spend(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"no database, but bytes enough to be told so" * 100)
    with pytest.raises(LedgerUnavailable, match="cannot use"):
        SharedSpending(tmp_path).hold("one", {"m1": 1}, [DAY])


def test_twin_where_no_limit_is_shared_the_file_is_not_even_looked_for(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"no database, but bytes enough to be told so" * 100)
    purse = Purse(SharedSpending(tmp_path), RunId("one"), (), lambda: 0)
    assert purse.hold({"m1": Amount(1, 1)}) == ""
    purse.settle("m1", Amount(1, 1))


def test_policies_of_a_user_and_of_a_repository_both_hold() -> None:
    user = parse_policy(
        'schema = 1\n[limits]\nday = "20"\nmonth = "300"\ntimezone = "Europe/Zurich"\n',
        "user.toml",
        PolicyLayer.USER,
    )
    own = parse_policy('schema = 1\n[limits]\nday = "5"\n', "own.toml", PolicyLayer.REPOSITORY)
    assert merge([user, own]).policy.allowances == (
        Allowance(REPOSITORY, Period.DAY, 5_000_000, "UTC"),
        Allowance(USER, Period.DAY, 20_000_000, "Europe/Zurich"),
        Allowance(USER, Period.MONTH, 300_000_000, "Europe/Zurich"),
    )


def test_a_time_zone_that_nobody_knows_is_told_with_its_line() -> None:
    with pytest.raises(InvalidDocument) as found:
        parse_policy('schema = 1\n[limits]\ntimezone = "Mars"\n', "x.toml", PolicyLayer.USER)
    (problem,) = found.value.problems
    assert (problem.line, "no time zone" in problem.message) == (3, True)
