"""Attempts of the real client: what taught nothing twice ends in a packet, not in a fourth try."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from governed import Bench, Outcome
from remit.interfaces.demo.repository import CHECK
from remit.model.attempt_events import AttemptConfirmed
from remit.model.event import Event
from remit.storage.sqlite import SqliteLedger
from remit.testing.scripted_model import Turn, say, use

FIRST = 'name, count = line.split(",")'


@pytest.fixture
def bench(claude: Path, tmp_path: Path, clean_env: Callable[..., dict[str, str]]) -> Bench:
    return Bench(claude, tmp_path, clean_env)


def attempt(root: Path, old: str, new: str) -> list[Turn]:
    """One try: the line of the parser changed, and the check run."""
    parser = str(root / "stocklist/parser.py")
    return [
        use("Edit", file_path=parser, old_string=old, new_string=new),
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


def events(bench: Bench, ran: Outcome) -> list[Event]:
    with SqliteLedger.open(bench.state / "ledger.sqlite3") as ledger:
        return [item.event for item in ledger.recorded(ran.record.run)]
