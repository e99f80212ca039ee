"""What past scans found, file by file: a cache beside the ledger, never evidence.

Everything in it can be read again from the transcripts. So whatever is wrong with it, damage,
another version, no room, ends in an empty index and a slower scan, never in an error or in
numbers from a damaged row: each value carries a check sum.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from remit.model.scan import Stamp
from remit.storage.locate import StateDir

_APPLICATION_ID = 0x524D5359
_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE file (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, changed_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL, content BLOB NOT NULL
) STRICT;
"""
_BUSY_S = 2.0

_Row: TypeAlias = "tuple[Any, ...]"


class Row(NamedTuple):
    """What is kept of one file."""

    path: str
    stamp: Stamp
    content: bytes


class ScanIndex:
    """The index of one state directory. Use it as a context manager."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> ScanIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def content(self, path: str, stamp: Stamp) -> bytes | None:
        """What is kept of a file as it is at ``stamp``; None where that is nothing, or damaged."""
        wanted = "SELECT content FROM file WHERE (path, size, changed_ns, inode) = (?, ?, ?, ?)"
        rows = self._all(wanted, (path, *stamp))
        return _opened(rows[0][0]) if rows else None

    def note(self, name: str) -> bytes | None:
        """A value that was kept under ``name``; None where there is none that is whole."""
        rows = self._all("SELECT value FROM meta WHERE name = ?", (name,))
        return _opened(rows[0][0]) if rows else None

    def keep(self, rows: Iterable[Row], notes: Mapping[str, bytes]) -> None:
        """Replace these in one transaction; where that cannot be done nothing is changed."""
        with contextlib.suppress(sqlite3.Error), self._connection:
            self._connection.executemany(
                "REPLACE INTO file VALUES (?, ?, ?, ?, ?)",
                ((row.path, *row.stamp, _sealed(row.content)) for row in rows),
            )
            self._connection.executemany(
                "REPLACE INTO meta VALUES (?, ?)",
                ((name, _sealed(value)) for name, value in notes.items()),
            )

    def forget(self) -> None:
        """Start over."""
        with contextlib.suppress(sqlite3.Error), self._connection:
            self._connection.execute("DELETE FROM file")
            self._connection.execute("DELETE FROM meta")

    def _all(self, statement: str, values: tuple[str | int, ...]) -> list[_Row]:
        """Every row, or none where the file is damaged."""
        try:
            return self._connection.execute(statement, values).fetchall()
        except (sqlite3.Error, UnicodeDecodeError):
            return []


def open_index(state: StateDir) -> ScanIndex:
    """The index in ``state``. Without one that can be used: an empty one, if need be in memory."""
    path = state.root / "scan.sqlite3"
    for _ in range(2):
        try:
            return ScanIndex(_connect(path))
        except (sqlite3.Error, UnicodeDecodeError, OSError):
            with contextlib.suppress(OSError):
                for part in ("", "-wal", "-shm", "-journal"):
                    path.with_name(path.name + part).unlink(missing_ok=True)
    connection = sqlite3.connect(":memory:")
    connection.executescript(_SCHEMA)
    return ScanIndex(connection)


def _connect(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
    connection = sqlite3.connect(path, timeout=_BUSY_S)
    try:
        connection.execute("PRAGMA journal_mode=WAL").fetchall()
        connection.execute("PRAGMA synchronous=OFF")  # what a crash damages is read again
        connection.execute("PRAGMA trusted_schema=OFF")
        found = connection.execute("PRAGMA application_id").fetchone()[0]
        if found != _APPLICATION_ID:
            connection.executescript(
                f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA application_id={_APPLICATION_ID}; COMMIT;"
            )
        connection.execute("SELECT path, size, changed_ns, inode, content FROM file LIMIT 1")
        connection.execute("SELECT name, value FROM meta LIMIT 1")
    except BaseException:
        connection.close()
        raise
    return connection


def _sealed(value: bytes) -> bytes:
    return zlib.crc32(value).to_bytes(4, "big") + value


def _opened(sealed: object) -> bytes | None:
    if not isinstance(sealed, bytes) or len(sealed) < 4:
        return None
    value = sealed[4:]
    return value if zlib.crc32(value).to_bytes(4, "big") == sealed[:4] else None
