"""The ledger in SQLite: WAL, every commit synced, append-only by trigger."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from remit.codec.headers import header_bytes, parse_header
from remit.errors import IntegrityError, LedgerUnavailable
from remit.model.chain import GENESIS, Break, Entry, Header, first_break, link_of
from remit.model.digest import Digest, digest_of
from remit.model.events import ContractFrozen, Event, RunClosed, RunOpened, RunStopped
from remit.model.ids import RunId
from remit.model.record import Recorded
from remit.storage.ledger import Holder, Lease, LeaseHeld, RunSummary
from remit.storage.migrate import migrate


def _always(holder: Holder) -> bool:
    return True


class SqliteLedger:
    """A ledger in one file. ``alive`` says whether a lease's holder still runs."""

    def __init__(
        self, database: sqlite3.Connection, path: Path, alive: Callable[[Holder], bool]
    ) -> None:
        self._database = database
        self._path = path
        self._alive = alive
        self._heads: dict[RunId, tuple[int, Digest]] = {}

    @classmethod
    def open(cls, path: Path, alive: Callable[[Holder], bool] = _always) -> SqliteLedger:
        """Open or make the ledger at ``path`` (mode 0600); IntegrityError where it is damaged."""
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        os.close(descriptor)
        database = sqlite3.connect(path, isolation_level=None, timeout=10)
        try:
            for pragma in ("page_size = 16384", "journal_mode = WAL", "synchronous = FULL"):
                database.execute(f"PRAGMA {pragma}").fetchall()
            migrate(database)
        except sqlite3.DatabaseError as error:
            database.close()
            raise _damaged(path, error) from None
        return cls(database, path, alive)

    def close(self) -> None:
        self._database.close()

    # writing

    def acquire(self, run: RunId, holder: Holder, now_us: int) -> Lease:
        lease = Lease(run, holder, now_us)
        with self._transaction():
            found = self._database.execute(
                "SELECT pid, start, boot, since_us FROM lease WHERE run = ?", (run,)
            ).fetchone()
            if found and (other := Holder(*found[:3])) != holder and self._alive(other):
                raise LeaseHeld(Lease(run, other, found[3]))
            self._database.execute(
                "INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?, ?)",
                (run, holder.pid, holder.start, holder.boot, now_us),
            )
        self._heads[run] = self.head(run)
        return lease

    def release(self, lease: Lease) -> None:
        self._heads.pop(lease.run, None)
        with self._transaction():
            self._database.execute(
                "DELETE FROM lease WHERE run = ? AND pid = ? AND start = ?",
                (lease.run, lease.holder.pid, lease.holder.start),
            )

    def append(self, lease: Lease, events: Sequence[Event], now_us: int) -> tuple[Entry, ...]:
        version, previous = self._heads[lease.run]
        entries = []
        for event in events:
            version += 1
            entries.append(_entry(lease.run, version, previous, event, now_us))
            previous = entries[-1].link
        with self._transaction():
            self._database.executemany(
                "INSERT INTO entry VALUES (?, ?, ?, ?, ?)",
                [(e.header.run, e.header.version, e.header_bytes, e.link, e.body) for e in entries],
            )
            self._count(lease.run, len(entries), previous, now_us)
            for event in events:
                self._summarise(lease.run, event)
        self._heads[lease.run] = version, previous
        return tuple(entries)

    def append_last(self, lease: Lease, events: Sequence[Event], now_us: int) -> tuple[Entry, ...]:
        try:
            return self.append(lease, events, now_us)
        except LedgerUnavailable:
            (self._path.parent / "reserve").unlink(missing_ok=True)
            return self.append(lease, events, now_us)

    def redact(self, run: RunId, version: int, actor: str, reason: str, now_us: int) -> None:
        """Remove one body for good, leaving a row that says who did it and why."""
        with self._transaction():
            self._database.execute(
                "INSERT INTO redaction VALUES (?, ?, ?, ?, ?)",
                (run, version, now_us, actor, reason),
            )
            self._database.execute(
                "UPDATE entry SET body = NULL WHERE run = ? AND version = ?", (run, version)
            )

    def _count(self, run: RunId, added: int, head: Digest, now_us: int) -> None:
        self._database.execute(
            "INSERT INTO run VALUES (?, ?, ?, ?, ?, '', '', 'open') ON CONFLICT (run) DO UPDATE SET"
            " last_us = excluded.last_us, entries = entries + excluded.entries,"
            " head = excluded.head",
            (run, now_us, now_us, added, head),
        )

    def _summarise(self, run: RunId, event: Event) -> None:
        match event:
            case ContractFrozen(contract=contract):
                change = ("goal", contract.goal)
            case RunOpened(root=root):
                change = ("root", root.encode("utf-8", "replace").decode())
            case RunStopped():
                change = ("phase", "stopped")
            case RunClosed(ending=ending):
                change = ("phase", ending.value)
            case _:
                return
        self._database.execute(f"UPDATE run SET {change[0]} = ? WHERE run = ?", (change[1], run))  # noqa: S608

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """One durable transaction; a database that refuses is an unavailable ledger."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            yield
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise LedgerUnavailable(
                f"the ledger {self._path} takes no entry ({error})",
                "free space or close what else writes to it, then start a new run",
            ) from error
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")

    # reading

    def leases(self) -> tuple[Lease, ...]:
        rows = self._read("SELECT run, pid, start, boot, since_us FROM lease ORDER BY run")
        return tuple(Lease(RunId(r), Holder(p, s, b), since) for r, p, s, b, since in rows)

    def is_live(self, lease: Lease) -> bool:
        """Whether the holder of ``lease`` still runs."""
        return self._alive(lease.holder)

    def entries(self, run: RunId) -> Iterator[Entry]:
        sql = "SELECT version, header, link, body FROM entry WHERE run = ? ORDER BY version"
        for version, header, link, body in self._read(sql, run):
            try:
                yield Entry(parse_header(header), header, Digest(link), body)
            except (ValueError, KeyError, RecursionError):
                place = f"run {run}, entry {version}"
                raise IntegrityError("a header is not what was written", place) from None

    def recorded(self, run: RunId) -> Iterator[Recorded]:
        from remit.codec.events import decode  # pydantic: not on the path of listing runs

        for entry in self.entries(run):
            if entry.body is None:
                continue
            header = entry.header
            try:
                event = decode(header.kind, header.schema, entry.body)
            except (ValueError, RecursionError) as error:
                place = f"run {run}, entry {header.version}"
                raise IntegrityError(f"a body is not what was written ({error})", place) from None
            yield Recorded(header.version, header.time_us, event)

    def runs(self) -> tuple[RunSummary, ...]:
        sql = (
            "SELECT run, started_us, last_us, entries, goal, root, phase FROM run"
            " ORDER BY started_us DESC, run DESC"
        )
        return tuple(RunSummary(RunId(row[0]), *row[1:]) for row in self._read(sql))

    def head(self, run: RunId) -> tuple[int, Digest]:
        found = list(self._read("SELECT entries, head FROM run WHERE run = ?", run))
        return (found[0][0], Digest(found[0][1])) if found else (0, GENESIS)

    def verify(self, run: RunId | None = None) -> tuple[Break, ...]:
        try:
            if run is None:
                for (said,) in self._read("PRAGMA quick_check(1)"):
                    if said != "ok":
                        return (Break("", 0, f"the database is damaged: {said}"),)
            return tuple(b for one in self._known(run) if (b := self._break(one)) is not None)
        except IntegrityError as error:
            return (Break(run or "", 0, error.message),)

    def _known(self, run: RunId | None) -> list[RunId]:
        if run is not None:
            return [run]
        sql = "SELECT run FROM run UNION SELECT DISTINCT run FROM entry"
        return [RunId(name) for (name,) in self._read(sql)]

    def _break(self, run: RunId) -> Break | None:
        counted, head = self.head(run)
        last: Entry | None = None

        def seen() -> Iterator[Entry]:
            nonlocal last
            for last in self.entries(run):
                yield last  # noqa: UP028 - remembers the last one seen

        try:
            fault = first_break(run, seen())
        except IntegrityError as error:
            return Break(run, (last.header.version if last else 0) + 1, error.message)
        if fault:
            return fault
        if last is None:
            return Break(run, 1, "its entries are gone") if counted else None
        if (last.header.version, last.link) != (counted, head):
            return Break(
                run, last.header.version + 1, f"the chain ends before its head at {counted}"
            )
        return self._tombstones(run)

    def _tombstones(self, run: RunId) -> Break | None:
        """A body that is gone without a redaction that says so."""
        sql = (
            "SELECT version FROM entry e WHERE run = ? AND body IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM redaction r WHERE r.run = e.run AND r.version = e.version)"
        )
        for (version,) in self._read(sql, run):
            return Break(run, version, "its body is gone, and no redaction says so")
        return None

    def _read(self, sql: str, *values: str) -> Iterator[tuple]:  # type: ignore[type-arg]
        try:
            with closing(self._database.execute(sql, values)) as cursor:
                yield from cursor
        except sqlite3.DatabaseError as error:
            raise _damaged(self._path, error) from None


def _damaged(path: Path, error: sqlite3.Error) -> IntegrityError:
    return IntegrityError(
        f"the ledger is damaged ({error})", str(path), "keep the file, and restore a copy of it"
    )


def _entry(run: RunId, version: int, previous: Digest, event: Event, now_us: int) -> Entry:
    from remit.codec.events import encode

    encoded = encode(event)
    header = Header(
        run=run,
        version=version,
        time_us=now_us,
        kind=encoded.kind,
        schema=encoded.schema,
        body_digest=digest_of(encoded.body),
        body_length=len(encoded.body),
        previous=previous,
    )
    data = header_bytes(header)
    return Entry(header, data, link_of(data), encoded.body)
