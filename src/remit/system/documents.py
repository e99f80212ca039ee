"""Contract and policy files on disk: bounded reads of plain files, writes that replace whole."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from remit.errors import RemitError, UsageError


def read_document(path: Path, limit: int) -> bytes | None:
    """Up to ``limit`` + 1 bytes of a plain file, so that the caller sees an excess; None where
    there is no file. Raises RemitError for anything that is not a plain readable file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise RemitError(f"cannot read {path}: {error.strerror}", "check its permissions") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise RemitError(f"{path} is not a plain file", "give the path of a TOML file")
    with os.fdopen(descriptor, "rb") as file:
        return file.read(limit + 1)


def write_document(path: Path, text: str) -> None:
    """Write a whole new file; raises UsageError where ``path`` exists already."""
    _parent(path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        descriptor = os.open(path, flags, 0o644)
    except FileExistsError:
        raise UsageError(f"{path} exists already", "move it away, or use --force") from None
    except OSError as error:
        raise RemitError(f"cannot write {path}: {error.strerror}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def replace_document(path: Path, text: str) -> None:
    """Write ``path`` anew; a symbolic link there is replaced, never followed."""
    _parent(path)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    write_document(fresh, text)
    try:
        fresh.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()


def _parent(path: Path) -> None:
    """Make the folder of ``path``; a link in its place would lead the write elsewhere."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RemitError(f"cannot make {path.parent}: {error.strerror}") from None
    if path.parent.is_symlink():
        raise RemitError(f"{path.parent} is a symbolic link", "replace it by a plain folder")
