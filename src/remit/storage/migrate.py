"""Brings a database to the newest schema: numbered SQL files, each in one transaction."""

from __future__ import annotations

import sqlite3
from importlib import resources

from remit.errors import RemitError


def steps() -> tuple[tuple[int, str], ...]:
    """(number, SQL) of every migration, in order."""
    folder = resources.files("remit.storage") / "sql" / "sqlite"
    files = sorted((file for file in folder.iterdir()), key=lambda file: file.name)
    return tuple((int(file.name[:4]), file.read_text("utf-8")) for file in files)


def migrate(database: sqlite3.Connection) -> None:
    """Apply what is missing. RemitError where a newer Remit wrote this database."""
    (at,) = database.execute("PRAGMA user_version").fetchone()
    known = steps()
    if at > known[-1][0]:
        raise RemitError(
            "this ledger was written by a newer Remit", "upgrade Remit on this machine"
        )
    for number, sql in known:
        if number > at:
            database.executescript(
                f"BEGIN IMMEDIATE; {sql} PRAGMA user_version = {number}; COMMIT;"
            )
