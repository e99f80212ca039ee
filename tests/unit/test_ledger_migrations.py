"""The ledger's file: migrations, settings, creation by several at once, a file of another make."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from remit.errors import RemitError
from remit.storage.ledger_file import open_file
from remit.storage.migrate import FOLDER, migrate, migrations, statements
from remit.storage.sqlite import SqliteLedger
from remit.storage.statements import sql


def schema_of(database: sqlite3.Connection) -> list[tuple[str, str, str]]:
    rows = database.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    return sorted((kind, name, " ".join(text.split())) for kind, name, text in rows)


def test_all_migrations_together_are_the_schema() -> None:
    with (
        closing(sqlite3.connect(":memory:", isolation_level=None)) as migrated,
        closing(sqlite3.connect(":memory:")) as whole,
    ):
        migrate(migrated, "memory")
        whole.executescript((FOLDER / "schema.sql").read_text())
        assert schema_of(migrated) == schema_of(whole)


def test_migrations_are_numbered_without_gaps_and_applied_once(tmp_path: Path) -> None:
    numbers = [int(file.name[:4]) for file in migrations()]
    assert numbers == list(range(1, len(numbers) + 1))
    for _ in range(2):
        with closing(open_file(tmp_path / "l")) as database:
            assert database.execute("PRAGMA user_version").fetchone() == (len(numbers),)


def test_a_ledger_of_a_newer_remit_is_left_alone(tmp_path: Path) -> None:
    with closing(open_file(tmp_path / "l")) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(RemitError, match="newer Remit"):
        SqliteLedger.open(tmp_path / "l")


def test_a_migration_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, text in (
        (1, "CREATE TABLE a (x);"),
        (2, "CREATE TABLE b (x); CREATE TABLE a (x);"),
    ):
        (tmp_path / f"000{number}_x.sql").write_text(text)
    monkeypatch.setattr("remit.storage.migrate.FOLDER", tmp_path)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        with pytest.raises(sqlite3.OperationalError):
            migrate(database, "memory")
        assert schema_of(database) == []
        assert database.execute("PRAGMA user_version").fetchone() == (0,)


def test_the_file_has_the_settings_its_promises_need(tmp_path: Path) -> None:
    with closing(open_file(tmp_path / "l")) as database:
        asked = ("journal_mode", "synchronous", "page_size", "secure_delete")
        found = [database.execute(f"PRAGMA {name}").fetchone()[0] for name in asked]
        tables = database.execute("SELECT strict FROM pragma_table_list WHERE schema = 'main'"
                                  " AND name NOT LIKE 'sqlite_%'").fetchall()  # fmt: skip
    assert found == ["wal", 2, 8192, 1]
    assert tables == [(1,)] * 4


def test_many_that_start_at_once_make_one_ledger(tmp_path: Path) -> None:
    faults: list[BaseException] = []
    start = threading.Barrier(8)

    def create() -> None:
        start.wait(10)
        try:
            open_file(tmp_path / "l").close()
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not faults
    assert [file.name for file in tmp_path.iterdir()] == ["l"]


def test_statements_keep_the_bodies_of_triggers_whole() -> None:
    script = "CREATE TABLE t (x);\nCREATE TRIGGER a BEFORE DELETE ON t\nBEGIN\n SELECT 1;\nEND;\n"
    assert [text.split()[1] for text in statements(script)] == ["TABLE", "TRIGGER"]


def test_every_named_statement_is_sql_the_schema_understands(tmp_path: Path) -> None:
    names = [line.removeprefix("-- name: ") for line in (FOLDER / "queries.sql").read_text()
             .splitlines() if line.startswith("-- name: ")]  # fmt: skip
    assert len(names) == len(set(names)) > 10
    with closing(open_file(tmp_path / "l")) as database:
        for name in names:
            text = sql(name)
            database.execute(f"EXPLAIN {text}", (None,) * text.count("?")).fetchall()
