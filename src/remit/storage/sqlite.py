"""The ledger in one SQLite file: WAL, every commit synced, append-only by trigger.

One file holds all runs of a person on a machine. What it claims: an entry that ``append``
returned survives a crash of the process and of the machine; entries are never changed or
removed except for a body through :meth:`SqliteLedger.redact_body`. What it leaves to others:
whoever owns the file can replace it by an older or a wholly rewritten one; the packet of a
run names its head so that this shows.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from remit.errors import IntegrityError, LedgerUnavailable, RemitError
from remit.model.digest import Digest
from remit.model.ids import RunId
from remit.storage.ledger import (
    START,
    Head,
    Holder,
    Lease,
    LeaseHeld,
    LeaseLost,
    RunSummary,
)
from remit.storage.ledger_file import open_file
from remit.storage.statements import sql

if TYPE_CHECKING:  # listing runs starts without what events and chains are made of
    from remit.model.chain import Break, Entry
    from remit.model.events import Event
    from remit.model.record import Recorded

_PAGE = 256
"""Entries read at a time: no read stays open while a caller looks at them."""
_REMEDY = "free space or mend the disk, then run: remit ledger verify"


def _everybody(holder: Holder) -> bool:
    """Who cannot be asked is taken to be alive: no lease is ever taken over."""
    return True


class SqliteLedger:
    """A :class:`~remit.storage.ledger.Ledger`. Use it from the thread that opened it."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, is_alive: Callable[[Holder], bool]
    ) -> None:
        self._path = path
        self._db = connection
        self._is_alive = is_alive
        self._place, self._log_place = str(path), f"{path}-wal"
        self._file = _identity(self._place)
        self._log: tuple[int, int] | None = None
        self._written: dict[str, tuple[RunSummary, Head]] = {}
        """By token of a lease: the run as this writer left it. A second writer's entry makes the
        next version taken, which the key then refuses."""

    @classmethod
    def open(cls, path: Path, is_alive: Callable[[Holder], bool] = _everybody) -> SqliteLedger:
        """Open or create the ledger at ``path`` (mode 0600).

        ``is_alive`` says whether the holder of a lease still runs. IntegrityError where the file
        is no ledger or damaged, RemitError where it cannot be opened.
        """
        return cls(path, open_file(path), is_alive)

    def __enter__(self) -> SqliteLedger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; leases stay as they are."""
        self._db.close()

    # writing

    def acquire(self, run: RunId, holder: Holder, now_us: int) -> Lease:
        lease = Lease(run, holder, os.urandom(8).hex(), now_us, now_us)
        with self._writing():
            for present in self._read_leases("one_lease", run):
                if self.is_live(present):
                    raise LeaseHeld(present)
            self._db.execute(sql("take_lease"), _lease_row(lease))
            self._db.execute(sql("start_run"), (run, now_us, now_us, _raw(START.link)))
            summary = _summary(self._db.execute(sql("one_run"), (run,)).fetchone())
            self._written[lease.token] = summary, self._head(run)
        return lease

    def append(self, lease: Lease, events: Sequence[Event], now_us: int) -> tuple[Entry, ...]:
        from remit.storage.chaining import advanced, link_events

        if lease.token not in self._written:
            raise LeaseLost(lease.run)
        summary, head = self._written[lease.token]
        linked = link_events(lease.run, head, events, now_us)
        if not linked:
            return ()
        after = advanced(summary, events, now_us)
        end = Head(linked[-1].header.version, linked[-1].link)
        with self._writing():
            self._db.executemany(sql("insert_entry"), map(_entry_row, linked))
            moved = self._db.execute(
                sql("advance_run"), (*_summary_row(after, end), lease.run, lease.token)
            )
            if moved.rowcount != 1:
                raise LeaseLost(lease.run)
        self._written[lease.token] = after, end
        return linked

    def append_last(self, lease: Lease, events: Sequence[Event], now_us: int) -> tuple[Entry, ...]:
        try:
            return self.append(lease, events, now_us)
        except LeaseLost:
            raise
        except LedgerUnavailable:
            self._path.with_name("reserve").unlink(missing_ok=True)
            return self.append(lease, events, now_us)

    def renew(self, lease: Lease, now_us: int) -> None:
        with self._writing():
            moved = self._db.execute(sql("renew_lease"), (now_us, lease.run, lease.token))
            if moved.rowcount != 1:
                raise LeaseLost(lease.run)

    def release(self, lease: Lease) -> None:
        self._written.pop(lease.token, None)
        with self._writing():
            self._db.execute(sql("drop_lease"), (lease.run, lease.token))

    def redact_body(self, run: RunId, version: int, by: str, reason: str, now_us: int) -> None:
        try:
            with self._writing():
                row = (run, version, now_us, by, reason)
                self._db.execute(sql("record_redaction"), row)
                if self._db.execute(sql("empty_body"), (run, version)).rowcount != 1:
                    raise RemitError(f"run {run} has no entry {version}")
        finally:
            # The log still holds the old page; only an emptied log forgets it.
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """One durable transaction; LedgerUnavailable where it could not be made."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._require_in_place()
                yield
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
        except sqlite3.IntegrityError as error:
            raise LedgerUnavailable(
                f"the ledger refused an entry ({error}); another writer may be at work",
                "see who: remit runs",
            ) from error
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise LedgerUnavailable(f"cannot write {self._path} ({error})", _REMEDY) from error

    def _require_in_place(self) -> None:
        """SQLite goes on writing to a file that was removed or replaced, and all of it is lost."""
        log = _identity(self._log_place)
        self._log = self._log or log
        if log is None or log != self._log or _identity(self._place) != self._file:
            raise LedgerUnavailable(
                f"{self._path} was removed or replaced while it was in use",
                "what it held is gone; look at the tree, then start anew",
            )

    # reading

    def leases(self) -> tuple[Lease, ...]:
        with self._reading():
            return self._read_leases("list_leases")

    def is_live(self, lease: Lease) -> bool:
        return self._is_alive(lease.holder)

    def _read_leases(self, name: str, *values: str) -> tuple[Lease, ...]:
        rows = self._db.execute(sql(name), values).fetchall()
        return tuple(_lease(row) for row in rows)

    def entries(self, run: RunId) -> Iterator[Entry]:
        from remit.storage.inspection import entry_of

        version = 0
        while True:
            with self._reading():
                rows = self._db.execute(sql("page_of_entries"), (run, version, _PAGE)).fetchall()
            for row in rows:
                version += 1
                yield entry_of(row, f"{self._path}, run {run}, entry {version}")
            if len(rows) < _PAGE:
                return

    def recorded(self, run: RunId) -> Iterator[Recorded]:
        from remit.storage.chaining import recorded_of

        return map(recorded_of, self.entries(run))

    def runs(self) -> tuple[RunSummary, ...]:
        with self._reading():
            rows = self._db.execute(sql("list_runs")).fetchall()
            return tuple(_summary(row) for row in rows)

    def head(self, run: RunId) -> tuple[int, Digest]:
        with self._reading():
            return self._head(run)

    def _head(self, run: RunId) -> Head:
        row = self._db.execute(sql("head"), (run,)).fetchone()
        return Head(row[0], Digest("sha256:" + row[1].hex())) if row else START

    def verify(self, run: RunId | None = None) -> tuple[Break, ...]:
        """Like the protocol says; damage of the file itself is a break of run ``""``."""
        from remit.model.chain import Break

        damage = self._damage() if run is None else ""
        found = [Break("", 0, damage) if damage else None]
        try:
            with self._reading():
                known = self._known_runs() if run is None else [run]
            found += [self._verify_run(one) for one in known]
        except IntegrityError as error:
            found.append(Break("", 0, error.message))
        return tuple(dict.fromkeys(item for item in found if item))

    def _known_runs(self) -> list[RunId]:
        return [RunId(row[0]) for row in self._db.execute(sql("known_runs")).fetchall()]

    def _verify_run(self, run: RunId) -> Break | None:
        from remit.storage.chaining import kinds_of
        from remit.storage.inspection import chain_break
        from remit.storage.sound import sound_head

        with self._snapshot():
            with self._reading():
                head = self._head(run)
                kinds: dict[bytes, list[int]] = {}
                if sound_head(run, self._db.execute(sql("all_entries"), (run,)), kinds) == head:
                    return self._summary_break(run, kinds)
                rows = self._db.execute(sql("redacted_versions"), (run,)).fetchall()
            found = chain_break(run, self.entries(run), head, {row[0] for row in rows})
            return found or self._summary_break(run, kinds_of(self.entries(run)))

    def _summary_break(self, run: RunId, kinds: Mapping[bytes, Sequence[int]]) -> Break | None:
        from remit.storage.chaining import summary_break

        row = self._db.execute(sql("one_run"), (run,)).fetchone()
        if row is None:
            return None
        return summary_break(_summary(row), kinds, lambda version: self._one(run, version))

    def _one(self, run: RunId, version: int) -> Entry:
        from remit.storage.inspection import entry_of

        row = self._db.execute(sql("page_of_entries"), (run, version - 1, 1)).fetchone()
        return entry_of(row, f"{self._path}, run {run}, entry {version}")

    def _damage(self) -> str:
        """What SQLite itself finds wrong with the file; "" for nothing."""
        try:
            with self._reading():
                said = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
        except IntegrityError as error:
            return error.message
        return "" if said == "ok" else f"the file is damaged: {said}"

    @contextlib.contextmanager
    def _snapshot(self) -> Iterator[None]:
        """Everything read inside is of one moment, whatever others append meanwhile."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.execute("ROLLBACK")

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        """IntegrityError where SQLite or the values read are not what was written."""
        try:
            yield
        except (sqlite3.DatabaseError, ValueError, TypeError, AttributeError) as error:
            message = f"the ledger cannot be read ({error})"
            raise IntegrityError(message, str(self._path), "run: remit ledger verify") from error


def _identity(path: str) -> tuple[int, int] | None:
    """Which file stands at ``path``; None where none does."""
    try:
        state = os.lstat(path)
    except OSError:
        return None
    return state.st_dev, state.st_ino


def _raw(digest: str) -> bytes:
    return bytes.fromhex(digest.removeprefix("sha256:"))


def _entry_row(entry: Entry) -> tuple[str, int, bytes, bytes, bytes | None]:
    header = entry.header
    return header.run, header.version, entry.header_bytes, _raw(entry.link), entry.body


def _summary_row(run: RunSummary, head: Head) -> tuple[int | str | bytes, ...]:
    counters = run.last_us, run.entries, _raw(head.link), run.calls, run.held
    return *counters, run.phase, run.goal, run.root


def _summary(row: tuple[str, int, int, int, str, str, str, int, int]) -> RunSummary:
    if tuple(map(type, row)) != _SUMMARY_TYPES:
        raise ValueError("the summary of a run is damaged")
    return RunSummary(RunId(row[0]), *row[1:])


_SUMMARY_TYPES = (str, int, int, int, str, str, str, int, int)


def _lease_row(lease: Lease) -> tuple[str | int, ...]:
    who = lease.holder
    process = who.pid, who.start, who.boot, who.host
    return lease.run, *process, lease.token, lease.since_us, lease.renewed_us


def _lease(row: tuple[str, int, int, str, str, str, int, int]) -> Lease:
    run, pid, start, boot, host, token, since_us, renewed_us = row
    return Lease(RunId(run), Holder(pid, start, boot, host), token, since_us, renewed_us)
