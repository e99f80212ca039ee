"""Attempts of the real client: what taught nothing twice ends in a packet, not in a fourth try."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from governed import Bench, Outcome, repair
from remit.interfaces.demo.repository import CHECK, CONTRACT
from remit.model.attempt_events import AttemptConfirmed, AttemptNoted
from remit.model.event import Event
from remit.storage.sqlite import SqliteLedger
from remit.testing.scripted_model import Turn, say, use

FIRST = 'name, count = line.split(",")'


@pytest.fixture
def bench(claude: Path, tmp_path: Path, clean_env: Callable[..., dict[str, str]]) -> Bench:
    return Bench(claude, tmp_path, clean_env)


def attempt(root: Path, old: str, new: str, file: str = "parser.py") -> list[Turn]:
    """One try: a line changed, and the check run."""
    path = str(root / "stocklist" / file)
    return [
        use("Edit", file_path=path, old_string=old, new_string=new),
        use("Bash", command=CHECK, description="run the tests"),
    ]


def test_patching_stops_after_two_similar_failures(bench: Bench) -> None:
    tries = ['name, count = line.split(",") # one', 'name, count = line.split(",") # two', "pass"]
    turns = [
        use("Read", file_path=str(bench.root / "stocklist/parser.py")),
        *attempt(bench.root, FIRST, tries[0]),
        *attempt(bench.root, tries[0], tries[1]),
        *attempt(bench.root, tries[1], tries[2]),
        say("I tried two comments. I do not know how to go on."),
    ]
    ran = bench.go({"main": turns})
    assert ran.decisions("Edit") == ["allow", "allow", "stop"]
    assert ran.record.stopped is not None
    assert ran.record.stopped.trigger == "similar-failures"
    assert "Two attempts in a row" in ran.record.stopped.message
    assert ran.packet["ending"] == "stopped"
    confirmed = [event for event in events(bench, ran) if isinstance(event, AttemptConfirmed)]
    assert [(one.number, one.shows) for one in confirmed] == [(2, True)]
    told = "\n".join(request.text for request in ran.requests)
    assert "attempt 1 taught nothing new" in told
    assert "write your closing note" in told


TRIES = (
    'name, count = line.split(",")[:2]',
    'name, count = line.split(",", 1)',
    'name, count = line.split(",")[0], line.split(",")[-1]',
)


def test_the_third_try_that_fails_is_the_last(bench: Bench) -> None:
    """A1: each try fails otherwise; two attempts follow the first failure, and a fourth is none."""
    turns = [
        use("Read", file_path=str(bench.root / "stocklist/parser.py")),
        *attempt(bench.root, FIRST, TRIES[0]),
        *attempt(bench.root, TRIES[0], TRIES[1]),
        *attempt(bench.root, TRIES[1], TRIES[2]),
        *attempt(bench.root, TRIES[2], 'name, count = line.rsplit(",", 1)'),
        say("Three tries failed."),
    ]
    ran = bench.go({"main": turns})
    assert ran.decisions("Edit") == ["allow", "allow", "allow", "stop"]
    assert ran.record.stopped is not None
    assert ran.record.stopped.trigger == "attempts"
    assert [one.ended.count for one in ran.record.attempts.values()] == [1, 2, 3]
    attempts = ran.packet["attempts"]
    assert isinstance(attempts, list)
    assert len(attempts) == 3


def test_twin_each_attempt_that_leaves_fewer_failing_lets_the_next_one_go(bench: Bench) -> None:
    """A4: five attempts fail, and the run ends well, for each of them taught something."""
    words = ("one", "two", "three", "four", "five", "six")
    tests = "".join(
        f"    def test_{w}(self):\n        self.assertIn('{w}', WORDS)\n" for w in words
    )
    head = "import unittest\nfrom stocklist.words import WORDS\n\nclass Words(unittest.TestCase):\n"
    bench.commit({"tests/test_words.py": head + tests, "stocklist/words.py": "WORDS = []\n"})
    turns = [use("Read", file_path=str(bench.root / "stocklist/words.py"))]
    for number in range(len(words)):
        before, after = (f"WORDS = {list(words[:n])}" for n in (number, number + 1))
        if number == len(words) - 1:
            turns += attempt(bench.root, FIRST, 'name, count = line.rsplit(",", 1)')[:1]
        turns += attempt(bench.root, before, after, "words.py")
    read = use("Read", file_path=str(bench.root / "stocklist/parser.py"))
    ran = bench.go({"main": [read, *turns, say("All pass.")]})
    assert ran.exit_code == 0, ran.stderr
    weights = [one.ended.weight.value for one in ran.record.attempts.values()]
    assert weights == ["learnt"] * 6


def note(learnt: str, result: str) -> Turn:
    text = (
        f"change: parser.py\ncheck: parser tests\nresult: {result}\nlearnt: {learnt}\nnext: rsplit"
    )
    return use("Bash", command=f"cat <<'REMIT-NOTE'\n{text}\nREMIT-NOTE", description="note")


@pytest.mark.parametrize("second", ["repeated", "twin: new"])
def test_a_note_that_adds_nothing_to_the_first_ends_the_changes(bench: Bench, second: str) -> None:
    """A2, though an attempt is left; without a note the next change is only held."""
    bench.contract = CONTRACT.replace("[[evidence", "[evidence]\nattempt_note = true\n\n[[evidence")
    lesson = "the separator inside the name breaks unpacking"
    other = lesson if second == "repeated" else "limiting splits from the left keeps count wrong"
    turns = [
        use("Read", file_path=str(bench.root / "stocklist/parser.py")),
        *attempt(bench.root, FIRST, TRIES[0]),
        attempt(bench.root, TRIES[0], TRIES[1])[0],
        note(lesson, "all green"),
        note(lesson, "ValueError in the test"),
        *attempt(bench.root, TRIES[0], TRIES[1]),
        note(other, "ValueError in the test"),
        *attempt(bench.root, TRIES[1], 'name, count = line.rsplit(",", 1)'),
        say("Done."),
    ]
    ran = bench.go({"main": turns})
    last = "stop" if second == "repeated" else "allow"
    assert ran.decisions("Edit") == ["allow", "deny", "allow", last]
    notes = [one for one in events(bench, ran) if isinstance(one, AttemptNoted)]
    assert [bool(one.fault) for one in notes] == [True, False, False]
    if second == "repeated":
        assert ran.record.stopped is not None
        assert "was said of an earlier attempt" in ran.record.stopped.message
    else:
        assert ran.exit_code == 0, ran.stderr


@pytest.mark.parametrize("times", [5, 2], ids=["a loop", "twin: twice"])
def test_a_call_that_brings_the_same_again_and_again_ends_the_run(bench: Bench, times: int) -> None:
    looks = [use("Bash", command="ls stocklist", description=f"look {n}") for n in range(times)]
    ran = bench.go({"main": [*looks, *repair(bench.root)]})
    if times == 2:
        assert ran.exit_code == 0, ran.stderr
        return
    assert ran.record.stopped is not None
    assert ran.record.stopped.trigger == "loop"
    told = "\n".join(request.text for request in ran.requests)
    assert "the same call brought the same result 3 times in a row" in told
    assert ran.decisions("Edit") == ["deny"]


def events(bench: Bench, ran: Outcome) -> list[Event]:
    with SqliteLedger.open(bench.state / "ledger.sqlite3") as ledger:
        return [item.event for item in ledger.recorded(ran.record.run)]
