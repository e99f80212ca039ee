"""Kept contents come back as they were, or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from remit.errors import IntegrityError, RemitError
from remit.model.digest import Digest, digest_of
from remit.storage.blobs import BlobStore


def keep(store: BlobStore, data: bytes) -> Digest:
    digest = digest_of(data)
    assert store.put(digest, data)
    return digest


def test_a_content_comes_back_also_from_another_process(tmp_path: Path) -> None:
    with BlobStore.open(tmp_path / "blobs") as store:
        digests = [keep(store, os.urandom(size)) for size in (0, 1, 70_000)]
        assert store.read(digests[2])
    with BlobStore.open(tmp_path / "blobs") as store:
        assert [digest_of(store.read(digest)) for digest in digests] == digests


def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    with BlobStore.open(tmp_path / "blobs") as store:
        keep(store, b"x" * 1000)
    with BlobStore.open(tmp_path / "blobs") as store:
        keep(store, b"x" * 1000)
    assert sum(path.stat().st_size for path in (tmp_path / "blobs").glob("segment-*")) == 1000


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    with BlobStore.open(tmp_path / "blobs") as store:
        keep(store, b"private")
        store.sync()
        for path in [tmp_path / "blobs", *(tmp_path / "blobs").iterdir()]:
            assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_a_full_budget_keeps_nothing_more(tmp_path: Path) -> None:
    with BlobStore.open(tmp_path / "blobs", budget=100) as store:
        keep(store, b"a" * 60)
        data = b"b" * 60
        assert not store.put(digest_of(data), data)
        assert digest_of(data) not in store
        keep(store, b"c" * 40)


def test_a_changed_byte_is_found(tmp_path: Path) -> None:
    with BlobStore.open(tmp_path / "blobs") as store:
        digest = keep(store, b"content")
        store.sync()
        (segment,) = (tmp_path / "blobs").glob("segment-*")
        segment.write_bytes(b"Content")
        with pytest.raises(IntegrityError) as raised:
            store.read(digest)
        assert segment.name in raised.value.place
        segment.unlink()
        with pytest.raises(IntegrityError):
            store.read(digest)


def test_what_was_not_entered_before_a_crash_does_not_count(tmp_path: Path) -> None:
    store = BlobStore.open(tmp_path / "blobs")
    digest = keep(store, b"lost")
    store.index.close()
    os.close(store.lock)
    with BlobStore.open(tmp_path / "blobs") as later:
        assert digest not in later
        keep(later, b"lost")
        assert later.read(digest) == b"lost"
    store._let_go()


def test_collecting_keeps_what_is_wanted(tmp_path: Path) -> None:
    with BlobStore.open(tmp_path / "blobs") as store:
        wanted, other = keep(store, b"w" * 500), keep(store, b"o" * 800)
        collected = store.collect({wanted})
        assert (collected.removed, collected.left, collected.left_bytes) == (1, 1, 500)
        assert store.read(wanted) == b"w" * 500
        assert other not in store
        keep(store, b"o" * 800)
        assert store.read(other) == b"o" * 800


def test_nothing_is_collected_under_a_run(tmp_path: Path) -> None:
    with BlobStore.open(tmp_path / "blobs") as store, BlobStore.open(tmp_path / "blobs") as other:
        digest = keep(store, b"in use")
        with pytest.raises(RemitError, match="a run is using"):
            other.collect(set())
        assert store.read(digest) == b"in use"
