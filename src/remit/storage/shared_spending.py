"""What all runs of this machine spend together, day by day and month by month.

Beside the ledger, because runs of several processes meet here: each hold is made in one
transaction that sees those of all others. What is held for a run that died stays counted.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from remit.errors import LedgerUnavailable

NAME = "spending.sqlite3"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS spending (
    scope TEXT NOT NULL, period TEXT NOT NULL, run TEXT NOT NULL, ask TEXT NOT NULL,
    micro_usd INTEGER NOT NULL, PRIMARY KEY (scope, period, run, ask)
) STRICT, WITHOUT ROWID;
"""
_DROP = "DELETE FROM spending WHERE run = ? AND ask = ?"
_ADD = (
    "INSERT INTO spending VALUES (?, ?, ?, '', ?) "
    "ON CONFLICT DO UPDATE SET micro_usd = micro_usd + excluded.micro_usd"
)
_BUSY_S = 5.0
_REMEDY = "see that the disk has room; where the file is damaged, move it away: it starts anew"


class Cap(NamedTuple):
    """What one scope may spend in one period, in micro-dollars."""

    scope: str
    period: str
    micro_usd: int


class SharedSpending:
    """The file of one state directory, opened when it is first asked. Raises LedgerUnavailable
    where it cannot be read or written: uncertain means "no"."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._opened: sqlite3.Connection | None = None

    @property
    def _db(self) -> sqlite3.Connection:
        if self._opened is None:
            opened = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None)
            self._path.chmod(0o600)
            opened.execute("PRAGMA journal_mode = WAL")
            opened.execute(_SCHEMA)
            self._opened = opened
        return self._opened

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()

    def hold(self, run: str, holds: Mapping[str, int], caps: Sequence[Cap]) -> Cap | None:
        """Hold these amounts for requests of ``run``, by their numbers, in the place of what was
        held for them; or nothing, and the cap that does not cover them."""
        with self._writing():
            for cap in caps:
                if self._others(cap, run, holds) + sum(holds.values()) > cap.micro_usd:
                    return cap
            # What was held before may have been in the period before.
            self._db.executemany(_DROP, [(run, ask) for ask in holds])
            rows = [(*cap[:2], run, ask, held) for cap in caps for ask, held in holds.items()]
            self._db.executemany("INSERT INTO spending VALUES (?, ?, ?, ?, ?)", rows)
        return None

    def settle(self, run: str, ask: str, micro_usd: int) -> None:
        """Nothing is held for ``ask`` any more; so much was spent in the periods it was held in."""
        with self._writing():
            found = self._db.execute(f"{_DROP} RETURNING scope, period", (run, ask)).fetchall()
            self._db.executemany(_ADD, [(*place, run, micro_usd) for place in found])

    def taken(self, scope: str, period: str) -> int:
        """What is spent and held there, in micro-dollars."""
        query = "SELECT coalesce(sum(micro_usd), 0) FROM spending WHERE scope = ? AND period = ?"
        with self._told():
            return int(self._db.execute(query, (scope, period)).fetchone()[0])

    def _others(self, cap: Cap, run: str, holds: Mapping[str, int]) -> int:
        """All that is taken but what these requests held before."""
        before = self._db.execute(
            "SELECT coalesce(sum(micro_usd), 0) FROM spending "
            "WHERE (scope, period, run) = (?, ?, ?) AND ask IN (SELECT value FROM json_each(?))",
            (*cap[:2], run, json.dumps(list(holds))),
        ).fetchone()[0]
        return self.taken(*cap[:2]) - int(before)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        with self._told():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise LedgerUnavailable(f"cannot use {self._path} ({error})", _REMEDY) from error
