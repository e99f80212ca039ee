"""Opens the ledger's SQLite file with the settings its promises need."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

from remit.errors import IntegrityError, RemitError
from remit.storage.migrate import APPLICATION_ID, migrate

PAGE_SIZE = 8192
"""At 4096 an entry of 1 KB spills to a page of its own (3.6 times the space); at 16384 a commit
syncs twice the bytes for nothing. 8192 was the fastest for bodies of 150, 700 and 1500 bytes."""
_BUSY_S = 5.0
_CHECKPOINT_PAGES = 256
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_NO_ROOM = frozenset(
    {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
)
_REMEDY = "move it away to start a new ledger, and keep it: it may be evidence"


def open_file(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode to the ledger at ``path``, created where there is none.

    IntegrityError where the file is no ledger or damaged, RemitError where it is not a plain
    file of ours or cannot be opened.
    """
    with _explained(path):
        if not os.path.lexists(path):
            _create(path)
        _check_owner(path)
        connection = _connect_or_read(path)
        try:
            _check_kind(connection, path)
            migrate(connection, str(path))
        except BaseException:
            connection.close()
            raise
    return connection


def _connect_or_read(path: Path) -> sqlite3.Connection:
    """On a full or read-only disk there is no room for the index of the log. Where no log is
    left the file alone is everything, and can at least be read."""
    try:
        return _connect(path)
    except sqlite3.OperationalError as error:
        log = path.with_name(f"{path.name}-wal")
        logged = log.exists() and log.stat().st_size > 0
        if logged or error.sqlite_errorcode & 0xFF not in _NO_ROOM:
            raise
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(uri, uri=True, isolation_level=None)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL").fetchall()
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}").fetchall()
        connection.execute("PRAGMA secure_delete=ON").fetchall()
        connection.execute("PRAGMA trusted_schema=OFF")
    except BaseException:
        connection.close()
        raise
    return connection


def _create(path: Path) -> None:
    """Make an empty ledger under a name of our own and put it in place whole: two processes may
    start at once, and one may die half-way."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}-{os.urandom(4).hex()}.new")
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    try:
        with contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA page_size={PAGE_SIZE}")
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute("PRAGMA journal_mode=WAL").fetchall()
            migrate(connection, str(path))
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        fresh.unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_owner(path: Path) -> None:
    state = path.lstat()
    if not stat.S_ISREG(state.st_mode) or state.st_uid != os.geteuid():
        raise IntegrityError("the ledger is not a plain file of yours", str(path), _REMEDY)
    if state.st_mode & 0o022:
        raise IntegrityError("others may write the ledger", str(path), f"run: chmod 600 {path}")


def _check_kind(connection: sqlite3.Connection, path: Path) -> None:
    found = connection.execute("PRAGMA application_id").fetchone()[0]
    if found != APPLICATION_ID:
        raise IntegrityError("this database is no ledger of Remit", str(path), _REMEDY)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:  # SQLite quotes the damaged name in its message
        raise IntegrityError("the ledger is damaged", str(path), _REMEDY) from error
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
            raise IntegrityError(f"the ledger is damaged ({error})", str(path), _REMEDY) from error
        raise RemitError(f"the ledger {path} cannot be opened ({error})", _SPACE) from error
    except OSError as error:
        raise RemitError(f"the ledger {path} cannot be opened ({error.strerror})", _SPACE) from None


_SPACE = "free space or mend the permissions of its folder"
