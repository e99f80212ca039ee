"""Raw contents by digest: append-only segment files and an index, private and bounded.

Every open store writes a segment of its own, so two runs never write one file. A blob
counts only once :meth:`BlobStore.sync` has made its bytes durable and entered it in the index.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from remit.errors import IntegrityError, RemitError
from remit.model.digest import Digest, digest_of

BUDGET = 20 * 1024**3
SEGMENT_LIMIT = 256 * 1024 * 1024
BUFFER = 1024 * 1024
SPARE = 8 * 1024 * 1024
"""Bytes of the disk that contents never take: the record of the run needs them to its end."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS blobs (
  digest BLOB PRIMARY KEY,
  segment TEXT NOT NULL,
  offset INTEGER NOT NULL,
  length INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""
_PREFIX = "segment-"


@dataclass(frozen=True, slots=True)
class Collected:
    """What a collection removed and left, in blobs and bytes."""

    removed: int
    removed_bytes: int
    left: int
    left_bytes: int


@dataclass(slots=True)
class BlobStore:
    """A store below ``folder``; ``budget`` bounds all its segments together, in bytes."""

    folder: Path
    index: sqlite3.Connection
    lock: int
    """A descriptor whose shared lock every open store holds; a collection needs it alone."""
    budget: int = BUDGET
    _known: set[str] = field(default_factory=set)
    _fresh: list[tuple[str, str, int, int]] = field(default_factory=list)
    _segment: BinaryIO | None = None
    _name: str = ""
    _offset: int = 0
    _used: int = 0
    _count: int = 0
    _granted: int = 0
    """Bytes that may be written before the disk is asked again."""

    @classmethod
    def open(cls, folder: Path, budget: int = BUDGET) -> BlobStore:
        """Open or create the store below ``folder`` (mode 0700)."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            # SQLite gives its other files the permissions of this one
            (folder / "index.sqlite3").touch(mode=0o600)
            index = sqlite3.connect(folder / "index.sqlite3", timeout=10.0)
            index.execute("PRAGMA journal_mode=WAL")
            index.execute("PRAGMA synchronous=FULL")
            index.execute(_SCHEMA)
        except sqlite3.Error as error:
            raise RemitError(
                f"the snapshot store {folder} cannot be opened ({error})",
                "free space or mend its permissions; remit gc removes old snapshots",
            ) from None
        store = cls(folder, index, _shared_lock(folder), budget)
        store._known = {_text(row[0]) for row in index.execute("SELECT digest FROM blobs")}
        store._used = sum(path.stat().st_size for path in store._segments())
        return store

    def __enter__(self) -> BlobStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Enter what was put, and let go of the files."""
        self.sync()
        self._let_go()
        self.index.close()
        os.close(self.lock)

    def __contains__(self, digest: str) -> bool:
        return digest in self._known

    def put(self, digest: str, data: bytes) -> bool:
        """Keep ``data``, whose digest is ``digest``; False where the budget has no room."""
        if digest in self._known:
            return True
        if self._used + len(data) > self.budget:
            return False
        self._require_room(len(data))
        segment = self._writable()
        segment.write(data)
        self._fresh.append((digest, self._name, self._offset, len(data)))
        self._known.add(digest)
        self._offset += len(data)
        self._used += len(data)
        return True

    @property
    def room(self) -> int:
        """How many bytes budget and disk still take."""
        return max(0, min(self.budget - self._used, self._free() - SPARE))

    def _free(self) -> int:
        disk = os.statvfs(self.folder)
        return disk.f_bavail * disk.f_frsize

    def _require_room(self, length: int) -> None:
        """RemitError where ``length`` more bytes would take what the record needs."""
        self._granted -= length
        if self._granted >= 0:
            return
        if self._free() - BUFFER - length < SPARE:
            raise RemitError(
                f"the disk of {self.folder} is full",
                "free space (remit gc removes old snapshots), then start a new run",
            )
        self._granted = BUFFER

    def fresh_segment(self) -> Path:
        """A segment of this store that another process makes and writes for it."""
        while True:
            self._count += 1
            path = self.folder / f"{_PREFIX}{os.getpid()}-{self._count:05d}"
            if not path.exists():
                return path

    def adopt(self, segment: Path, rows: Iterable[tuple[str, int, int]]) -> None:
        """Take in contents that lie durable in ``segment``: digest, offset and length of each."""
        for digest, offset, length in rows:
            if digest not in self._known:
                self._known.add(digest)
                self._fresh.append((digest, segment.name, offset, length))
        self._used += segment.stat().st_size

    def sync(self) -> None:
        """Make everything put so far durable and enter it in the index."""
        if not self._fresh:
            return
        self._harden()
        with self.index:
            statement = "INSERT OR IGNORE INTO blobs VALUES (?, ?, ?, ?)"
            # in order of digest, so that the index grows at its end
            rows = ((_raw(digest), *place) for digest, *place in sorted(self._fresh))
            self.index.executemany(statement, rows)
        self._fresh.clear()

    def read(self, digest: Digest) -> bytes:
        """The bytes of ``digest``; IntegrityError where they are gone or not what was written."""
        self.sync()
        return self.peek(digest)

    def peek(self, digest: Digest) -> bytes:
        """As :meth:`read`, without making durable what was put last: no disk is waited for."""
        segment, offset, length = self._place(digest)
        data = self._read_at(self.folder / segment, offset, length)
        if digest_of(data) != digest:
            place = f"{self.folder / segment}, byte {offset}"
            raise IntegrityError(f"the content of {digest} is not what was kept", place)
        return data

    def _place(self, digest: Digest) -> tuple[str, int, int]:
        for known, segment, offset, length in reversed(self._fresh):
            if known == digest:
                if self._segment is not None:
                    self._segment.flush()
                return segment, offset, length
        query = "SELECT segment, offset, length FROM blobs WHERE digest = ?"
        row: tuple[str, int, int] | None = self.index.execute(query, (_raw(digest),)).fetchone()
        if row is None:
            raise IntegrityError(f"no content is kept for {digest}", str(self.folder))
        return row

    def _read_at(self, path: Path, offset: int, length: int) -> bytes:
        try:
            with path.open("rb") as stream:
                stream.seek(offset)
                return stream.read(length)
        except FileNotFoundError:
            raise IntegrityError(f"the segment {path.name} is gone", str(path)) from None

    def collect(self, live: set[Digest]) -> Collected:
        """Remove every blob that is not in ``live``; what is left moves to new segments.

        RemitError where a run works with this store at the moment.
        """
        self.reserve()
        self.sync()
        wanted = {_raw(digest) for digest in live}
        old = self._segments()
        before = self._used
        rows = self.index.execute(
            "SELECT digest, segment, offset, length FROM blobs ORDER BY segment, offset"
        ).fetchall()
        kept = [row for row in rows if row[0] in wanted]
        moved = self._move(kept)
        with self.index:
            self.index.execute("DELETE FROM blobs")
            self.index.executemany("INSERT INTO blobs VALUES (?, ?, ?, ?)", moved)
        for path in old:
            path.unlink(missing_ok=True)
        self._known = {_text(row[0]) for row in kept}
        self._used = sum(row[3] for row in kept)
        return Collected(len(rows) - len(kept), before - self._used, len(kept), self._used)

    def reserve(self) -> None:
        """Hold the store alone; RemitError where a run works with it at the moment."""
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RemitError(
                "a run is using the snapshot store", "wait for it to end, or: remit kill --all"
            ) from None

    def _move(self, rows: list[tuple[bytes, str, int, int]]) -> list[tuple[bytes, str, int, int]]:
        self._let_go()
        moved = []
        for raw, segment, offset, length in rows:
            data = self._read_at(self.folder / segment, offset, length)
            stream = self._writable()
            stream.write(data)
            moved.append((raw, self._name, self._offset, length))
            self._offset += length
        self._harden()
        return moved

    def _harden(self) -> None:
        if self._segment is not None:
            self._segment.flush()
            os.fdatasync(self._segment.fileno())

    def _let_go(self) -> None:
        if self._segment is not None:
            self._segment.close()
            self._segment = None

    def _segments(self) -> list[Path]:
        return sorted(self.folder.glob(f"{_PREFIX}*"))

    def _writable(self) -> BinaryIO:
        if self._segment is not None and self._offset < SEGMENT_LIMIT:
            return self._segment
        self.sync()
        self._let_go()
        path = self.fresh_segment()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._segment = os.fdopen(os.open(path, flags, 0o600), "wb", buffering=BUFFER)
        self._name = path.name
        self._offset = 0
        return self._segment


def _shared_lock(folder: Path) -> int:
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def _text(raw: bytes) -> str:
    return f"sha256:{raw.hex()}"


def _raw(digest: str) -> bytes:
    return bytes.fromhex(digest.removeprefix("sha256:"))
