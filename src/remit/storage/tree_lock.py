"""One run at a time in one working tree."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from remit.errors import RemitError
from remit.storage.locate import StateDir


@contextmanager
def tree_lock(state: StateDir, root: Path, run: str) -> Iterator[None]:
    """Hold the tree at ``root`` for ``run``; RemitError names the run that holds it already."""
    folder = state.root / "trees"
    folder.mkdir(mode=0o700, exist_ok=True)
    name = hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:24]
    descriptor = os.open(folder / name, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        _lock(descriptor, root)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, run.encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, root: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        other = os.pread(descriptor, 64, 0).decode("ascii", "replace") or "another run"
        raise RemitError(
            f"run {other} works in {root}",
            f"give this run its own copy: remit run --copy …; or end the other: remit kill {other}",
        ) from None
