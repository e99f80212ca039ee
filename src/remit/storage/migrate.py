"""Brings a ledger file to today's schema: numbered SQL files, each applied once, in order."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from remit.errors import RemitError

FOLDER = Path(__file__).with_name("sql") / "sqlite"
APPLICATION_ID = 0x524D4954
"""``RMIT`` in the file's header, so that a foreign database is not taken for a ledger."""


def migrations() -> tuple[Path, ...]:
    """The migration files in order; the n-th leads to ``user_version`` n."""
    return tuple(sorted(FOLDER.glob("[0-9]*.sql")))


def migrate(connection: sqlite3.Connection, place: str) -> None:
    """Apply what ``connection`` lacks, in one transaction.

    ``connection`` is in autocommit mode, ``place`` names the file. RemitError where a newer
    Remit wrote it.
    """
    files = migrations()
    if _version(connection) == len(files):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        done = _version(connection)
        if done > len(files):
            raise RemitError(f"{place} was written by a newer Remit", "update Remit")
        for file in files[done:]:
            for statement in statements(file.read_text("utf-8")):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version={len(files)}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def statements(script: str) -> Iterator[str]:
    """The statements of ``script`` one by one; trigger bodies stay whole."""
    statement = ""
    for piece in script.rstrip().removesuffix(";").split(";"):
        statement += f"{piece};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
