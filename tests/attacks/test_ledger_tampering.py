"""Somebody changes the stored record: every way shows, with the place."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from remit.codec.contract import freeze
from remit.codec.headers import header_bytes, parse_header
from remit.errors import IntegrityError, LedgerUnavailable, RemitError
from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.main import run_command
from remit.model import events as e
from remit.model.chain import Break, Header, link_of
from remit.model.digest import digest_of
from remit.model.ids import RunId
from remit.storage.ledger import Holder, Lease
from remit.storage.sqlite import SqliteLedger
from remit.testing import builders

RUN = RunId("261122-aaaaaaaa")
OTHER = RunId("261122-bbbbbbbb")
LENGTH = 8


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two runs of eight entries; nobody writes any more."""
    path = tmp_path / "ledger.sqlite3"
    with SqliteLedger.open(path) as ledger:
        for run in (RUN, OTHER):
            write(ledger, ledger.acquire(run, Holder(1, 1, "boot"), 5), LENGTH)
    return path


def write(ledger: SqliteLedger, lease: Lease, count: int) -> None:
    for number in range(count):
        ledger.append(lease, [e.ClaimMade(f"claim {number} of {lease.run}")], 10 + number)
    ledger.release(lease)


def tamper(path: Path, *statements: str) -> None:
    """What the owner of the file can do: the triggers go first."""
    with closing(sqlite3.connect(path)) as database, database:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in database.execute(triggers).fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)


def breaks(path: Path, run: RunId | None = None) -> list[Break]:
    with SqliteLedger.open(path) as ledger:
        return list(ledger.verify(run))


def test_an_untouched_ledger_is_intact(path: Path) -> None:
    tamper(path)
    assert breaks(path) == breaks(path, RUN) == []


AT_5 = f"WHERE run = '{RUN}' AND version = 5"


@pytest.mark.parametrize(
    ("statement", "version", "what"),
    [
        (f'UPDATE entry SET body = CAST(\'{{"text":"I did well"}}\' AS BLOB) {AT_5}', 5, "body"),
        (f"UPDATE entry SET body = NULL {AT_5}", 5, "no redaction"),
        (f"UPDATE entry SET link = zeroblob(32) {AT_5}", 5, "does not match its link"),
        (f"UPDATE entry SET header = CAST('{{}}' AS BLOB) {AT_5}", 5, "header"),
        (
            "UPDATE entry SET header ="
            f" CAST(replace(CAST(header AS TEXT), ':14,', ':15,') AS BLOB) {AT_5}",
            5,
            "does not match its link",
        ),
        (f"DELETE FROM entry {AT_5}", 5, "version 6 stands where 5 must"),
        (f"DELETE FROM entry WHERE run = '{RUN}' AND version = 1", 1, "version 2 stands where 1"),
        (f"DELETE FROM entry WHERE run = '{RUN}' AND version > 5", 6, "3 of 8 entries are missing"),
        (f"DELETE FROM entry WHERE run = '{RUN}'", 1, "8 of 8 entries are missing"),
        (f"UPDATE run SET entries = 5 WHERE run = '{RUN}'", 6, "head says it has 5"),
        (f"UPDATE run SET link = zeroblob(32) WHERE run = '{RUN}'", 8, "names another last entry"),
        (f"DELETE FROM run WHERE run = '{RUN}'", 1, "head says it has 0"),
    ],
)
def test_a_change_is_found_with_its_place(
    path: Path, statement: str, version: int, what: str
) -> None:
    tamper(path, statement)
    (found,) = breaks(path)
    assert (found.run, found.version) == (RUN, version)
    assert what in found.what
    assert breaks(path, RUN) == [found]
    assert breaks(path, OTHER) == []


def test_reordered_entries_are_found(path: Path) -> None:
    swap = f"UPDATE entry SET version = {{}} WHERE run = '{RUN}' AND version = {{}}"
    tamper(path, swap.format(99, 3), swap.format(3, 4), swap.format(4, 99))
    (found,) = breaks(path)
    assert found == Break(RUN, 3, "version 4 stands where 3 must")


def test_an_entry_of_another_run_is_found(path: Path) -> None:
    take = "UPDATE entry SET header = o.header, link = o.link, body = o.body FROM entry AS o"
    tamper(path, f"{take} WHERE entry.run = '{RUN}' AND entry.version = 2"
           f" AND o.run = '{OTHER}' AND o.version = 2")  # fmt: skip
    (found,) = breaks(path)
    assert (found.run, found.version, found.what) == (RUN, 2, f"belongs to run {OTHER}")


def test_an_inserted_entry_is_found_even_with_a_header_of_its_own(path: Path) -> None:
    """The forged entry links to the one before it; the one after it does not link to it."""
    with SqliteLedger.open(path) as ledger:
        before = list(ledger.entries(RUN))[3]
    body = b'{"text":"forged"}'
    header = Header(RUN, 5, 14, "claim.made", 1, digest_of(body), len(body), before.link)
    data = header_bytes(header)
    link = link_of(data).removeprefix("sha256:")
    tamper(
        path,
        f"UPDATE entry SET version = 100 - version WHERE run = '{RUN}' AND version > 4",
        f"UPDATE entry SET version = 101 - version WHERE run = '{RUN}' AND version > 50",
        f"INSERT INTO entry VALUES ('{RUN}', 5, x'{data.hex()}', x'{link}', x'{body.hex()}')",
    )
    (found,) = breaks(path)
    assert (found.run, found.version) == (RUN, 6)


def test_a_break_in_one_run_does_not_hide_one_in_another(path: Path) -> None:
    tamper(path, "UPDATE entry SET body = NULL WHERE version = 2")
    assert [(b.run, b.version) for b in breaks(path)] == [(RUN, 2), (OTHER, 2)]


def test_the_command_says_where_and_exits_5(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path.parent.chmod(0o700)
    monkeypatch.setenv("REMIT_STATE", str(path.parent))
    assert run_command(["ledger", "verify"]) == Exit.YES
    assert "intact: 2 runs, 16 entries" in capsys.readouterr().out
    tamper(path, f"UPDATE entry SET body = NULL {AT_5}")
    assert run_command(["ledger", "verify", RUN]) == Exit.INTEGRITY
    assert f"run {RUN}, entry 5: its body is gone" in capsys.readouterr().out
    assert run_command(["ledger", "verify", "--json"]) == Exit.INTEGRITY
    assert '"version": 5' in capsys.readouterr().out
    assert run_command(["ledger", "verify", OTHER]) == Exit.YES


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE entry SET body = x'00' {AT_5}",
        f"UPDATE entry SET body = NULL {AT_5}",
        f"UPDATE entry SET link = zeroblob(32) {AT_5}",
        f"DELETE FROM entry {AT_5}",
        "DELETE FROM entry",
        f"INSERT OR REPLACE INTO entry VALUES ('{RUN}', 5, x'00', zeroblob(32), NULL)",
        f"INSERT INTO entry VALUES ('{RUN}', 5, x'00', zeroblob(32), NULL)",
        f"REPLACE INTO redaction VALUES ('{RUN}', 1, 1, 'Eve', 'because')",
        "DELETE FROM redaction",
        "UPDATE redaction SET by = 'Eve'",
    ],
)
def test_sql_that_forgets_the_rules_is_refused(path: Path, statement: str) -> None:
    with SqliteLedger.open(path) as ledger:
        ledger.redact_body(RUN, 1, "Ada", "a key leaked", 20)
    with closing(sqlite3.connect(path)) as database, pytest.raises(sqlite3.IntegrityError):
        database.execute(statement)
    assert breaks(path) == []


def test_a_redacted_secret_is_nowhere_in_the_files(path: Path) -> None:
    secret = "claim 4 of " + RUN
    assert secret.encode() in path.read_bytes()
    with SqliteLedger.open(path) as ledger:
        ledger.redact_body(RUN, 5, "Ada", "a key leaked", 20)
        files = list(path.parent.iterdir())
        assert not [file.name for file in files if secret.encode() in file.read_bytes()]


def test_flipped_bytes_never_pass_as_another_record(path: Path, tmp_path: Path) -> None:
    """A flip is found, or it hit a byte that means nothing and every entry reads as before."""
    with SqliteLedger.open(path) as ledger:
        honest = {run: list(ledger.entries(run)) for run in (RUN, OTHER)}
    size, dice, found = path.stat().st_size, random.Random(7), 0
    for number in range(250):
        copy = tmp_path / f"flip-{number}.sqlite3"
        shutil.copy(path, copy)
        with copy.open("r+b") as file:
            file.seek(place := dice.randrange(size))
            old = file.read(1)[0]
            file.seek(place)
            file.write(bytes([old ^ (1 << dice.randrange(8))]))
        found += not _reads_the_same(copy, honest)
        copy.unlink()
    assert found > 5


def _reads_the_same(path: Path, honest: dict[RunId, list[object]]) -> bool:
    """False where verifying finds a break; fails where it finds none and the record differs."""
    try:
        if breaks(path):
            return False
        with SqliteLedger.open(path) as ledger:
            assert {run: list(ledger.entries(run)) for run in honest} == honest
            assert [summary.entries for summary in ledger.runs()] == [LENGTH, LENGTH]
    except RemitError:
        return False
    return True


def test_every_byte_of_every_entry_counts(path: Path, tmp_path: Path) -> None:
    """One flipped bit anywhere in header, link or body is found at its entry."""
    with SqliteLedger.open(path) as ledger:
        target = list(ledger.entries(RUN))[4]
    raw = path.read_bytes()
    parts = (target.header_bytes, bytes.fromhex(target.link[7:]), target.body or b"")
    dice = random.Random(11)
    for part in parts:
        start = raw.index(part)
        for place in dice.sample(range(start, start + len(part)), 12):
            copy = tmp_path / "flip.sqlite3"
            copy.write_bytes(raw[:place] + bytes([raw[place] ^ 4]) + raw[place + 1 :])
            copy.chmod(0o600)
            found = [(b.run, b.version) for b in breaks(copy)]
            assert found and found[0] in ((RUN, 5), (RUN, 6)), (place, found)


@pytest.mark.parametrize("kept", [0, 10, 100, 16384, 0.5])
def test_a_truncated_file_is_found(path: Path, kept: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole)) if kept == 0.5 else int(kept)])
    try:
        found = breaks(path)
    except IntegrityError as error:
        assert str(path) in error.place
    else:
        assert found


def test_another_database_is_not_taken_for_a_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE x (y)")
    path.chmod(0o600)
    with pytest.raises(IntegrityError, match="no ledger"):
        SqliteLedger.open(path)


def test_a_writer_never_builds_on_a_changed_head(path: Path) -> None:
    """Two that both believe they hold the lease: the key refuses one, with a clear error."""
    with SqliteLedger.open(path) as one, SqliteLedger.open(path) as two:
        lease = one.acquire(RUN, Holder(1, 1, "boot"), 20)
        twin = two.acquire(OTHER, Holder(1, 1, "boot"), 20)
        tamper(path, f"UPDATE lease SET token = '{lease.token}' WHERE run = '{RUN}'")
        forged = Lease(RUN, lease.holder, twin.token, 20, 20)
        two._written[twin.token] = one._written[lease.token]
        one.append(lease, [e.ClaimMade("first")], 21)
        with pytest.raises(LedgerUnavailable, match="another writer"):
            two.append(forged, [e.ClaimMade("second")], 22)
        assert [entry.header.version for entry in one.entries(RUN)] == list(range(1, 10))
        assert one.verify() == ()


def test_headers_on_disk_are_the_bytes_that_were_hashed(path: Path) -> None:
    with SqliteLedger.open(path) as ledger:
        for entry in ledger.entries(RUN):
            assert header_bytes(parse_header(entry.header_bytes)) == entry.header_bytes
            assert link_of(entry.header_bytes) == entry.link


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """One whole run, of which ``remit runs`` shows a line."""
    path = tmp_path / "told.sqlite3"
    contract = builders.contract()
    with SqliteLedger.open(path) as ledger:
        lease = ledger.acquire(RUN, Holder(1, 1, "boot"), 5)
        for event in builders.honest_run(contract, freeze(contract)[1]):
            ledger.append(lease, [event], 10)
        ledger.release(lease)
    return path


@pytest.mark.parametrize(
    "line",
    [
        "goal = 'tidy up'",
        "root = '/elsewhere'",
        "phase = 'stopped'",
        "calls = 1",
        "held = 0",
        "last_us = 11",
    ],
)
def test_a_line_of_the_list_of_runs_that_its_chain_does_not_say_is_found(
    told: Path, line: str
) -> None:
    assert breaks(told) == []
    tamper(told, f"UPDATE run SET {line}")
    (found,) = breaks(told)
    assert (found.run, found.what) == (RUN, f"its line in the list of runs: {line.split()[0]}")


def test_a_goal_that_was_redacted_since_is_no_break(told: Path) -> None:
    with SqliteLedger.open(told) as ledger:
        ledger.redact_body(RUN, 1, "Ada", "a name", 20)
        assert ledger.verify(RUN) == ()
    tamper(told, "UPDATE run SET phase = 'stopped'")
    assert len(breaks(told)) == 1
