"""What every ledger keeps to, held against each of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from remit.errors import LedgerUnavailable, RemitError
from remit.model import events as e
from remit.model.chain import GENESIS, first_break, link_of
from remit.model.digest import digest_of
from remit.model.ids import RunId
from remit.storage.ledger import Holder, Lease, LeaseHeld, LeaseLost, Ledger
from remit.storage.memory import MemoryLedger
from remit.storage.sqlite import SqliteLedger
from remit.testing import builders

RUN = RunId("261122-aaaaaaaa")
OTHER = RunId("261122-bbbbbbbb")
ME = Holder(10, 100, "boot", "here")
YOU = Holder(11, 200, "boot", "here")
DIGEST = digest_of(b"contract")


@dataclass
class Bench:
    """A kind of ledger: ``open`` gives the same store again, to another writer."""

    make: Callable[[Callable[[Holder], bool]], Ledger]
    gone: set[Holder] = field(default_factory=set)
    opened: list[Ledger] = field(default_factory=list)

    def open(self) -> Ledger:
        ledger = self.make(lambda holder: holder not in self.gone)
        self.opened.append(ledger)
        return ledger


@pytest.fixture(params=["memory", "sqlite"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "sqlite":
        bench = Bench(lambda alive: SqliteLedger.open(tmp_path / "ledger.sqlite3", alive))
    else:
        shared: list[MemoryLedger] = []

        def same(alive: Callable[[Holder], bool]) -> MemoryLedger:
            if not shared:
                shared.append(MemoryLedger(alive))
            return shared[0]

        bench = Bench(same)
    yield bench
    for ledger in bench.opened:
        ledger.close()


@pytest.fixture
def ledger(bench: Bench) -> Ledger:
    return bench.open()


def note(text: str) -> e.ClaimMade:
    return e.ClaimMade(text)


def test_what_was_appended_is_read_back_in_order(ledger: Ledger) -> None:
    happened = builders.honest_run(builders.contract(), DIGEST)
    lease = ledger.acquire(RUN, ME, 5)
    ledger.append(lease, happened[:3], 6)
    ledger.append(lease, happened[3:], 7)
    assert [item.event for item in ledger.recorded(RUN)] == happened
    assert [item.version for item in ledger.recorded(RUN)] == list(range(1, len(happened) + 1))
    assert [item.time_us for item in ledger.recorded(RUN)] == [6] * 3 + [7] * (len(happened) - 3)


def test_entries_are_one_chain_from_genesis(ledger: Ledger) -> None:
    lease = ledger.acquire(RUN, ME, 5)
    returned = ledger.append(lease, [note("a"), note("b")], 6) + ledger.append(
        lease, [note("c")], 7
    )
    stored = tuple(ledger.entries(RUN))
    assert stored == returned
    assert stored[0].header.previous == GENESIS
    assert [entry.link for entry in stored] == [link_of(entry.header_bytes) for entry in stored]
    assert first_break(RUN, stored) is None
    assert ledger.head(RUN) == (3, stored[-1].link)
    assert ledger.verify() == ledger.verify(RUN) == ()


def test_each_run_has_a_chain_of_its_own(ledger: Ledger) -> None:
    one, two = ledger.acquire(RUN, ME, 5), ledger.acquire(OTHER, ME, 6)
    for text in ("a", "b", "c"):
        ledger.append(one, [note(text)], 7)
        ledger.append(two, [note(text.upper())], 8)
    assert [item.event for item in ledger.recorded(OTHER)] == [note("A"), note("B"), note("C")]
    assert ledger.head(RUN)[0] == ledger.head(OTHER)[0] == 3
    assert ledger.verify() == ()


def test_a_run_nobody_knows_is_empty(ledger: Ledger) -> None:
    assert list(ledger.entries(RUN)) == list(ledger.recorded(RUN)) == []
    assert ledger.head(RUN) == (0, GENESIS)
    assert ledger.runs() == ledger.leases() == ledger.verify(RUN) == ()


def test_nothing_to_append_changes_nothing(ledger: Ledger) -> None:
    lease = ledger.acquire(RUN, ME, 5)
    assert ledger.append(lease, [], 6) == ()
    assert ledger.head(RUN) == (0, GENESIS)


def test_runs_are_listed_newest_first_with_what_they_came_to(ledger: Ledger) -> None:
    contract = builders.contract(goal="rotate it: password=hunter2hunter2")
    lease = ledger.acquire(RUN, ME, 5)
    ledger.append(lease, builders.honest_run(contract, DIGEST), 9)
    open_run = ledger.acquire(OTHER, ME, 6)
    ledger.append(open_run, [e.RunOpened("/repo/\udcff", "r", "main", "c" * 40, (), "0")], 8)
    newest, oldest = ledger.runs()
    assert (newest.run, newest.phase, newest.entries) == (OTHER, "open", 1)
    assert newest.root == "/repo/\\xff"
    assert (oldest.run, oldest.phase, oldest.calls, oldest.held) == (RUN, "completed", 4, 1)
    assert (oldest.started_us, oldest.last_us, oldest.root) == (5, 9, "/repo")
    assert oldest.goal == "rotate it: password=[redacted:secret]"


@pytest.mark.parametrize(
    ("after", "phase"),
    [
        ([], "open"),
        ([e.RunStopped(e.StopTrigger.TIME, "time is up", (), ())], "stopped"),
        ([e.AgentExited(0, None, 0)], "ended"),
        ([e.RunClosed(e.Ending.ABANDONED, "")], "abandoned"),
    ],
)
def test_the_summary_follows_the_run(ledger: Ledger, after: list[e.Event], phase: str) -> None:
    opened = e.RunOpened("/repo", "r", "main", "c" * 40, (), "0")
    ledger.append(ledger.acquire(RUN, ME, 5), [opened, *after], 6)
    assert ledger.runs()[0].phase == phase


def test_a_run_acquired_but_never_written_is_not_listed(ledger: Ledger) -> None:
    ledger.acquire(RUN, ME, 5)
    assert ledger.runs() == ()
    assert [lease.run for lease in ledger.leases()] == [RUN]


def test_a_live_holder_keeps_its_run(bench: Bench) -> None:
    bench.open().acquire(RUN, ME, 5)
    with pytest.raises(LeaseHeld, match="process 10 on here") as held:
        bench.open().acquire(RUN, YOU, 6)
    assert held.value.lease.holder == ME
    assert "remit kill 261122-aaaaaaaa" in held.value.remedy


def test_even_the_holder_itself_gets_no_second_lease(ledger: Ledger) -> None:
    ledger.acquire(RUN, ME, 5)
    with pytest.raises(LeaseHeld):
        ledger.acquire(RUN, ME, 6)


def test_a_released_run_can_be_taken_up_where_it_was_left(bench: Bench) -> None:
    ledger = bench.open()
    lease = ledger.acquire(RUN, ME, 5)
    ledger.append(lease, [note("a")], 6)
    ledger.release(lease)
    ledger.release(lease)
    other = bench.open()
    other.append(other.acquire(RUN, YOU, 7), [note("b")], 8)
    assert [item.event for item in other.recorded(RUN)] == [note("a"), note("b")]
    assert other.verify() == ()
    with pytest.raises(LeaseLost):
        ledger.append(lease, [note("late")], 9)


def test_the_run_of_a_gone_holder_is_taken_over_and_the_old_lease_is_worthless(
    bench: Bench,
) -> None:
    ledger, other = bench.open(), bench.open()
    lost = ledger.acquire(RUN, ME, 5)
    ledger.append(lost, [note("a")], 6)
    bench.gone.add(ME)
    assert [other.is_live(lease) for lease in other.leases()] == [False]
    taken = other.acquire(RUN, YOU, 7)
    for write in (ledger.append, ledger.append_last):
        with pytest.raises(LeaseLost, match="no longer the writer"):
            write(lost, [note("I am back")], 8)
    with pytest.raises(LeaseLost):
        ledger.renew(lost, 8)
    ledger.release(lost)
    other.append(taken, [note("b")], 9)
    assert [item.event for item in other.recorded(RUN)] == [note("a"), note("b")]


def test_renewing_keeps_the_lease_and_says_when(ledger: Ledger) -> None:
    lease = ledger.acquire(RUN, ME, 5)
    ledger.renew(lease, 60)
    (seen,) = ledger.leases()
    assert (seen.token, seen.since_us, seen.renewed_us) == (lease.token, 5, 60)
    ledger.append(lease, [note("a")], 61)


def test_one_event_that_cannot_be_stored_keeps_the_others_out(ledger: Ledger) -> None:
    lease = ledger.acquire(RUN, ME, 5)
    with pytest.raises(ValueError, match="over 1048576"):
        ledger.append(lease, [note("a"), note("x" * 2_000_000)], 6)
    assert list(ledger.entries(RUN)) == []
    ledger.append(lease, [note("a")], 7)
    assert ledger.verify() == ()


def test_a_redacted_body_is_gone_and_the_chain_still_holds(ledger: Ledger) -> None:
    lease = ledger.acquire(RUN, ME, 5)
    written = ledger.append(lease, [note("a"), note("leaked"), note("c")], 6)
    ledger.redact_body(RUN, 2, "Ada", "a key leaked", 7)
    assert ledger.verify() == ()
    assert [entry.body is None for entry in ledger.entries(RUN)] == [False, True, False]
    tombstone = [item.event for item in ledger.recorded(RUN)][1]
    assert tombstone == e.Unrecognised("redacted claim.made", written[1].header.body_digest, "")
    ledger.append(lease, [note("d")], 8)
    assert ledger.verify() == ()


@pytest.mark.parametrize(("version", "by", "reason"), [(9, "Ada", "leak"), (1, "", "leak")])
def test_a_redaction_needs_an_entry_a_person_and_a_reason(
    ledger: Ledger, version: int, by: str, reason: str
) -> None:
    ledger.append(ledger.acquire(RUN, ME, 5), [note("a")], 6)
    with pytest.raises(RemitError):
        ledger.redact_body(RUN, version, by, reason, 7)
    assert [item.event for item in ledger.recorded(RUN)] == [note("a")]


def test_a_body_is_redacted_once(ledger: Ledger) -> None:
    ledger.append(ledger.acquire(RUN, ME, 5), [note("a")], 6)
    ledger.redact_body(RUN, 1, "Ada", "leak", 7)
    with pytest.raises(LedgerUnavailable):
        ledger.redact_body(RUN, 1, "Eve", "cover up", 8)


def test_of_many_that_race_for_a_run_one_wins(bench: Bench) -> None:
    won: list[Lease] = []
    held: list[LeaseHeld] = []
    start = threading.Barrier(6)

    def race(pid: int) -> None:
        ledger = bench.make(lambda holder: True)
        start.wait(10)
        try:
            won.append(ledger.acquire(RUN, Holder(pid, 1, "boot"), 5))
        except LeaseHeld as error:
            held.append(error)
        ledger.close()

    in_threads(race, 6)
    assert (len(won), len(held)) == (1, 5)
    assert {error.lease for error in held} == set(won)


def test_runs_written_side_by_side_stay_whole(bench: Bench) -> None:
    def write(number: int) -> None:
        ledger = bench.make(lambda holder: True)
        run = RunId(f"261122-cccccc0{number}")
        lease = ledger.acquire(run, Holder(number, 1, "boot"), 5)
        for turn in range(20):
            ledger.append(lease, [note(f"{number}/{turn}")], turn)
        ledger.close()

    in_threads(write, 4)
    ledger = bench.open()
    assert [summary.entries for summary in ledger.runs()] == [20] * 4
    assert ledger.verify() == ()


def in_threads(work: Callable[[int], None], count: int) -> None:
    """Run ``work(0…)`` in threads; a failure in one of them fails the test."""
    faults: list[BaseException] = []

    def guarded(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=guarded, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not faults
