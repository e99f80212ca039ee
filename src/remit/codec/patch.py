"""The added lines of a git patch, per file. Content cannot pass for a header: hunks are counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_ESCAPE = re.compile(rb'\\([abfnrtv"\\]|[0-7]{3})')
_LETTERS = dict(zip(b'abfnrtv"\\', b'\a\b\f\n\r\t\v"\\', strict=True))


@dataclass(frozen=True, slots=True)
class AddedText:
    """All lines a patch adds to one file. ``path`` carries odd bytes as surrogates."""

    path: str
    text: str


def added_text(patch: bytes) -> Iterator[AddedText]:
    """What ``patch`` (of ``git diff-tree -p``) adds, file by file; linear in its length."""
    path, added = "", list[bytes]()
    old = new = 0
    for line in patch.split(b"\n"):
        if old > 0 or new > 0:
            old -= line[:1] in (b" ", b"-")
            new -= line[:1] in (b" ", b"+")
            if line.startswith(b"+"):
                added.append(line[1:])
        elif hunk := _HUNK.match(line):
            old, new = (int(count) if count is not None else 1 for count in hunk.groups())
        elif line.startswith(b"+++ "):
            if added:
                yield _file(path, added)
            path, added = _path(line[4:]), []
    if added:
        yield _file(path, added)


def _file(path: str, added: list[bytes]) -> AddedText:
    return AddedText(path, b"\n".join(added).decode("utf-8", "replace"))


def _path(name: bytes) -> str:
    name = name.removesuffix(b"\t")
    if name.startswith(b'"'):
        name = _ESCAPE.sub(_unescaped, name[1:-1])
    return name.removeprefix(b"b/").decode("utf-8", "surrogateescape")


def _unescaped(match: re.Match[bytes]) -> bytes:
    told = match[1]
    return bytes([_LETTERS[told[0]]]) if len(told) == 1 else bytes([int(told, 8) & 255])
