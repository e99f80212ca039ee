"""Writes the private files of a launch: folders 0700, each file new, never through a link."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from remit.adapters.agents.protocol import PrivateFile
from remit.errors import RemitError


def write_private(files: Iterable[PrivateFile]) -> None:
    """Write ``files``; RemitError where one exists already or cannot be made."""
    for file in files:
        try:
            _write(file)
        except OSError as error:
            raise RemitError(
                f"{file.path} cannot be written: {error.strerror}",
                "look at the free space and the rights of Remit's state directory",
            ) from error


def _write(file: PrivateFile) -> None:
    path = Path(file.path)
    _make_folder(path.parent)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, file.mode), "wb") as opened:
        opened.write(file.content)


def _make_folder(folder: Path) -> None:
    """Each missing folder with mode 0700; ``mkdir(parents=True)`` makes those between wider."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        one.mkdir(mode=0o700)
